"""The addresses of wallets: the holder's page, the link, and OpenID4VCI."""

from django.urls import path

from .views import wallet

urlpatterns = [
    path("certificates/<uuid:uuid>/wallet/", wallet.wallet_page, name="wallet"),
    path("certificates/wallet/<uuid:uuid>/revoke/", wallet.wallet_revoke, name="wallet_revoke"),
    path("wallet/<slug:code>.json", wallet.wallet_link, name="wallet_link"),
    path("wallet/token/", wallet.wallet_token, name="wallet_token"),
    path("wallet/credential/", wallet.wallet_credential, name="wallet_credential"),
    path(".well-known/openid-credential-issuer", wallet.issuer_metadata, name="wallet_issuer"),
    path(".well-known/oauth-authorization-server", wallet.server_metadata, name="wallet_server"),
]
