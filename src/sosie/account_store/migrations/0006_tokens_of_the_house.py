import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("account_store", "0005_language"), ("store", "0026_said_again")]

    operations = [
        migrations.AlterField(
            model_name="token",
            name="party",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tokens",
                to="store.party",
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tokens",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(party__isnull=False, account__isnull=True)
                | models.Q(party__isnull=True, account__isnull=False),
                name="token_of_party_or_house",
            ),
        ),
    ]
