from django.urls import path

from .views import batches, rules, simulations

urlpatterns = [
    path("awards/rules/", rules.index, name="award_rule_list"),
    path("awards/rules/new/", rules.create, name="award_rule_create"),
    path("awards/rules/<uuid:uuid>/", rules.detail, name="award_rule"),
    path("awards/rules/<uuid:uuid>/edit/", rules.edit, name="award_rule_edit"),
    path("awards/rules/<uuid:uuid>/discard/", rules.discard, name="award_rule_discard"),
    path("awards/rules/<uuid:uuid>/simulate/", rules.simulate, name="award_rule_simulate"),
    path("awards/rules/<uuid:uuid>/in-force/", rules.put_in_force, name="award_rule_in_force"),
    path("awards/rules/<uuid:uuid>/call-off/", rules.call_off, name="award_rule_call_off"),
    path("awards/simulations/<uuid:uuid>/", simulations.detail, name="award_simulation"),
    path("awards/lists/", batches.index, name="award_batch_list"),
    path("awards/lists/new/", batches.create, name="award_batch_create"),
    path("awards/lists/<uuid:uuid>/", batches.detail, name="award_batch"),
    path("awards/lists/<uuid:uuid>/confirm/", batches.confirm, name="award_batch_confirm"),
    path("awards/lists/<uuid:uuid>/retry/", batches.retry, name="award_batch_retry"),
    path("awards/lists/<uuid:uuid>/withdraw/", batches.withdraw, name="award_batch_withdraw"),
]
