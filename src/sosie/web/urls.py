"""Routes of the web pages. Each view declares its right: `sosie.web.rights`."""

from __future__ import annotations

from django.urls import path, re_path

from sosie.web import account, log, publication, resolution, studio, today, verify, views

urlpatterns = [
    path("", today.today, name="today"),
    path("pictures", views.pictures, name="pictures"),
    path("picture/<str:picture>", views.picture, name="picture"),
    path("picture/<str:picture>/image", views.image, name="image"),
    path("picture/<str:picture>/plate", views.plate, name="plate"),
    path("licenses", views.licenses, name="licenses"),
    path("shoots", studio.shoots, name="shoots"),
    path("shoots/<str:shoot>", studio.board, name="board"),
    path("static/<str:name>", views.static, name="static"),
    # Joining and signing in.
    path("join/<str:token>", account.join, name="join"),
    path("join/<str:token>/passkey", account.join_passkey, name="join-passkey"),
    path("sign-in", account.sign_in, name="account_login"),
    path("sign-in/passkey", account.sign_in_passkey, name="mfa_login_webauthn"),
    path("sign-in/recover", account.recover, name="recover"),
    path("sign-in/recover/code", account.recover_code, name="mfa_authenticate"),
    path("sign-out", account.sign_out, name="sign-out"),
    # One's own account. The names that allauth goes by stand beside ours.
    path("account", account.overview, name="account"),
    path("account", account.overview, name="mfa_index"),
    path("account", account.overview, name="mfa_list_webauthn"),
    path("account/passkeys/add", account.add_passkey, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove", account.remove_passkey, name="mfa_remove_webauthn"),
    path("account/codes", account.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/codes/new", account.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/confirm", account.confirm, name="mfa_reauthenticate_webauthn"),
    path("account/confirm/code", account.confirm_code, name="mfa_reauthenticate"),
    path("account/sessions/<int:session>/end", account.end_session, name="end-session"),
    # For anyone: checking a picture, the public page of one, and the log.
    path("verify", verify.verify, name="verify"),
    path("verify/<str:token>", verify.shared, name="finding"),
    path("p/<str:number>", publication.picture, name="publication"),
    path("log", log.log, name="log"),
    path("log/<int:index>", log.entry, name="log-entry"),
    path("log/<int:index>/proof", log.proof, name="log-proof"),
    path("log/consistency", log.consistency, name="log-consistency"),
    re_path("^log/entries[.](?P<form>json|csv)$", log.export, name="log-export"),
    re_path("^log/(?P<path>checkpoint|tile/.+)$", log.file, name="log-file"),
    path("trust.json", log.trust, name="trust"),
    # The C2PA Soft Binding Resolution API.
    path("api/v1/matches/byBinding", resolution.by_binding, name="by-binding"),
    path("api/v1/matches/byContent", resolution.by_content, name="by-content"),
    path("api/v1/manifests/<str:label>", resolution.manifest, name="manifest"),
    path("api/v1/manifests/<str:label>/evidence", resolution.evidence, name="evidence"),
    path("api/v1/services/supportedAlgorithms", resolution.algorithms, name="algorithms"),
    path("api/v1/services/capabilities", resolution.capabilities, name="capabilities"),
    re_path("^api/v1(?:/|$)", resolution.nowhere),
    path(".well-known/c2pa-soft-binding-resolution", resolution.discovery, name="discovery"),
]
