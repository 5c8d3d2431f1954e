"""Equivalences between standards, and the exchange with other systems."""

from django.urls import path

from .views import case_import, equivalences, exchange

urlpatterns = [
    path("equivalences/", equivalences.index, name="equivalence_list"),
    path("equivalences/new/", equivalences.create, name="equivalence_create"),
    path("equivalences/<uuid:uuid>/", equivalences.detail, name="equivalence_detail"),
    path("equivalences/<uuid:uuid>/edit/", equivalences.edit, name="equivalence_edit"),
    path("equivalences/<uuid:uuid>/approve/", equivalences.approve, name="equivalence_approve"),
    path("equivalences/<uuid:uuid>/withdraw/", equivalences.withdraw, name="equivalence_withdraw"),
    path("standards/import/", case_import.upload, name="standard_import"),
    path("ims/case/v1p1/CFDocuments", exchange.documents, name="case_documents"),
    path("ims/case/v1p1/CFDocuments/<str:identifier>", exchange.document, name="case_document"),
    path("ims/case/v1p1/CFPackages/<str:identifier>", exchange.package, name="case_package"),
    path("ims/case/v1p1/CFItems/<str:identifier>", exchange.item, name="case_item"),
    path("ims/case/v1p1/CFItemAssociations/<str:identifier>", exchange.item_associations, name="case_item_links"),
    path("ims/case/v1p1/CFAssociations/<str:identifier>", exchange.association, name="case_association"),
    path("ims/case/v1p1/CFItemTypes/<str:identifier>", exchange.item_type, name="case_item_type"),
    *(
        path(f"ims/case/v1p1/{collection}/<str:identifier>", exchange.none_of_ours, name=f"case_{name}")
        for collection, name in exchange.NONE_OF_OURS.items()
    ),
]
