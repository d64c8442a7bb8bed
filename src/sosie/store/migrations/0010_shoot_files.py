from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("store", "0009_features_kept"),)

    operations = (
        migrations.AddField(model_name="shoot", name="files", field=models.JSONField(default=dict)),
    )
