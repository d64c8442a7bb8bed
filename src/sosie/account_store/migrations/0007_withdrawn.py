from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("account_store", "0006_tokens_of_the_house")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
    ]
