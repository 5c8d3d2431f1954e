"""Each copy of a certificate gets a place of its own in a status list; refused copies become rows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('certificates', '0007_employers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CopyRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refused_at', models.DateTimeField()),
                ('copy', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='refusal', to='certificates.issuedcredential')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refusals', to='certificates.statuschange')),
            ],
            options={
                'verbose_name': 'refused copy',
                'ordering': ['refused_at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='certificate',
            name='shown_from_old',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='certificate',
            name='state_text',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='issuedcredential',
            name='status_index',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='issuedcredential',
            name='status_list',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='certificates.statuslist'),
        ),
        migrations.AddField(
            model_name='statuschange',
            name='by_one_person',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='statuschange',
            name='proposed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statuschange',
            name='text',
            field=models.CharField(blank=True, max_length=300, verbose_name='public explanation'),
        ),
        migrations.AlterField(
            model_name='certificate',
            name='award',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='certificates.award'),
        ),
        migrations.AlterField(
            model_name='statuschange',
            name='kind',
            field=models.CharField(choices=[('suspended', 'suspended'), ('reinstated', 'reinstated'), ('revoked', 'revoked'), ('corrected', 'corrected'), ('signed_anew', 'signed anew')], max_length=12),
        ),
        migrations.AlterField(
            model_name='statuschange',
            name='reason',
            field=models.CharField(choices=[('error', 'issued in error'), ('misconduct', 'misconduct in assessment'), ('holder_request', "at the holder's request"), ('investigation', 'under investigation'), ('cleared', 'investigation closed'), ('data_correction', 'correction of data'), ('name_change', "change of the holder's name"), ('key_withdrawn', 'the key it was signed with was withdrawn'), ('not_recorded', 'signed with a withdrawn key, not recorded before')], max_length=20, verbose_name='public reason'),
        ),
    ]
