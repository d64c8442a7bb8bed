"""Routes of the web pages. Each view declares its right: `sosie.web.rights`."""

from __future__ import annotations

from django.urls import path, re_path

from sosie.web import account, approvals, license, resolution, signing, studio, today, views

urlpatterns = [
    path("", today.today, name="today"),
    path("pictures", views.pictures, name="pictures"),
    path("picture/<str:picture>", views.picture, name="picture"),
    path("picture/<str:picture>/image", views.image, name="image"),
    path("picture/<str:picture>/plate", views.plate, name="plate"),
    path("licenses", views.licenses, name="licenses"),
    path("licenses/<str:license>", license.license_page, name="license"),
    path("licenses/<str:license>/contract", license.paper, name="contract-paper"),
    path("licenses/<str:license>/deal-memo", license.memo_paper, name="memo-paper"),
    path("requests", license.requested, name="requests"),
    path("approvals", approvals.waiting, name="approvals"),
    path("approvals/<str:picture>", approvals.approval, name="approval"),
    # What is signed, with a passkey.
    path("approvals/<str:picture>/answer", approvals.answer, name="answer"),
    path("licenses/<str:license>/agree", license.agree, name="agree"),
    path("licenses/<str:license>/counter", license.counter, name="counter"),
    path("licenses/<str:license>/decline", license.decline, name="decline"),
    path("licenses/<str:license>/advise", license.advise, name="advise"),
    path("licenses/<str:license>/papers", license.papers, name="papers"),
    path("licenses/<str:license>/memo", license.memo, name="memo"),
    path("licenses/<str:license>/sign", license.sign, name="sign"),
    path("licenses/<str:license>/revoke", license.revoke, name="revoke"),
    path("picture/<str:picture>/change", studio.change, name="change"),
    path("seals/<str:seal>/taken-down", studio.taken_down, name="taken-down"),
    path("account/signature/<str:party>", signing.signature, name="signature"),
    path("shoots", studio.shoots, name="shoots"),
    path("shoots/<str:shoot>", studio.board, name="board"),
    path("log", views.log, name="log"),
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
