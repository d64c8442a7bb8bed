"""What open cases are found by, however many pictures and licenses there are."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds two indexes."""

    dependencies: ClassVar = [("store", "0027_capture")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="licensestep",
            index=models.Index(fields=["step", "license"], name="licenses_with_a_step"),
        ),
        migrations.AddIndex(
            model_name="signedact",
            index=models.Index(fields=["act", "subject"], name="acts_of_a_kind"),
        ),
    ]
