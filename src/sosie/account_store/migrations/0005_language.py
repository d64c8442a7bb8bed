from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("account_store", "0004_operator_acts")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="language",
            field=models.CharField(blank=True, default="", max_length=10),
        ),
    ]
