"""The places leave the certificates, and the database keeps chains straight."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('certificates', '0009_fill_places'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='certificate',
            name='status_index_once',
        ),
        migrations.RemoveConstraint(
            model_name='statuschange',
            name='revoked_once_and_for_good',
        ),
        migrations.RemoveField(
            model_name='certificate',
            name='status_index',
        ),
        migrations.RemoveField(
            model_name='certificate',
            name='status_list',
        ),
        migrations.AlterField(
            model_name='issuedcredential',
            name='status_list',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='certificates.statuslist'),
        ),
        migrations.AlterField(
            model_name='issuedcredential',
            name='status_index',
            field=models.PositiveIntegerField(),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(condition=models.Q(('replaces', None)), fields=('award',), name='one_first_certificate_per_award'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['revoked', 'corrected']), _negated=True), fields=('award',), name='one_standing_certificate_per_award'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(('replaces', None), ('replaces__lt', models.F('id')), _connector='OR'), name='a_chain_leads_back_in_time'),
        ),
        migrations.AddConstraint(
            model_name='issuedcredential',
            constraint=models.UniqueConstraint(fields=('status_list', 'status_index'), name='status_index_once'),
        ),
        migrations.AddConstraint(
            model_name='statuschange',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['revoked', 'corrected'])), fields=('certificate',), name='ended_once_and_for_good'),
        ),
        migrations.AddConstraint(
            model_name='statuschange',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['suspended', 'signed_anew']), ('by_one_person', True), models.Q(('proposed_by__isnull', False), models.Q(('proposed_by', models.F('changed_by')), _negated=True)), _connector='OR'), name='status_change_takes_two_people'),
        ),
    ]
