"""`sosie demo`: the main job, from a model's consent to a sealed, paid, verifiable picture."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.adapters.authorities import authority
from tests.journeys.conftest import secrets_of, sosie

Told = tuple[Path, dict[str, Any]]


def released(folder: Path, channel: str = "instagram") -> Path:
    """Return a released file of the demo's first model, whose license stands."""
    return sorted(folder.glob(f"releases/*/ines-{channel}-*.jpg"))[0]


def test_every_step_leaves_something(told: Told) -> None:
    folder, said = told
    assert said["unexpected"] == []
    steps = {row["step"] for row in said["made"]}
    assert steps >= {"party", "twin", "license", "picture", "seal", "release", "revocation", "log"}
    assert len([row for row in said["made"] if row["step"] == "twin"]) == 2
    for path in said["look_at"]:
        assert Path(path).exists(), path
    assert (folder / "look" / "contact-sheet.png").stat().st_size > 100_000


def test_no_released_file_holds_a_rate_or_a_private_name(told: Told) -> None:
    folder, _ = told
    files = [path for path in folder.glob("releases/*/*") if path.suffix != ".json"]
    assert len(files) >= 3
    for path in files:
        data = path.read_bytes()
        # She is called what she chose to be called, and her family name and her pay stay hers.
        assert b"Ines M." in data or b"Tomas O." in data, path
        for private in (b"Morel", b"Okoye", b"180.00", b"per_picture"):
            assert private not in data, (path, private)


def test_what_must_fail_fails_with_its_reason(told: Told) -> None:
    why = {row["asked"]: row["why"] for row in told[1]["refused"]}
    for asked, code in (
        ("before she consents", "consent.missing"),
        ("the agency signs for", "R12"),
        ("has not answered", "approval.missing"),
        ("in Japan", "territory.not_licensed"),
        ("after the end", "period.ended"),
        ("as many pictures again", "volume.exceeded"),
        ("training a model", "training.forbidden"),
        ("in her name", "license.not_hers"),
        ("revoked", "license.revoked"),
    ):
        found = [text for question, text in why.items() if asked in question]
        assert found, asked
        assert all(code in text for text in found), (asked, found)


def test_the_verifier_answers_in_three_outcomes(told: Told, tmp_path: Path) -> None:
    folder, said = told
    outcomes = {row["outcome"] for row in said["verified"]}
    assert outcomes == {"made_here", "altered", "unknown"}
    file = released(folder)
    trust = file.parent / "trust.json"
    good = sosie("verify", file, "--trust", trust, cwd=tmp_path)
    assert (good.code, "made under license here" in good.out) == (0, True), good.out
    here = sosie("verify", file, "--trust", trust, "--where", "DE", "--channel", "instagram")
    assert here.code == 0, here.out
    assert sosie("verify", file, "--trust", trust, "--where", "JP").code == 1
    assert sosie("verify", file, cwd=tmp_path).code == 2
    block = folder / "look" / "tried" / "one-block-changed.jpg"
    altered = sosie("verify", block, "--workspace", folder, "--json")
    assert (altered.code, altered.json["reports"][0]["outcome"]) == (1, "altered")
    stranger = folder / "look" / "tried" / "a-stranger.jpg"
    unknown = sosie("verify", stranger, "--workspace", folder)
    assert (unknown.code, "unknown" in unknown.out.lower()) == (2, True)
    worst = sosie("verify", file, stranger, block, "--workspace", folder, "--json")
    assert worst.code == 1
    assert len(worst.json["reports"]) == 3


def test_a_workspace_that_merely_lies_here_counts_as_nothing(told: Told, tmp_path: Path) -> None:
    """Whoever sends a picture can send a workspace around it."""
    folder, _ = told
    copy = tmp_path / "campaign.jpg"
    copy.write_bytes(released(folder).read_bytes())
    for place in (folder, folder.parent):  # the folder itself, and one with `demo` in it
        done = sosie("verify", copy, cwd=place)
        assert (done.code, "[absent] no root was chosen" in done.out) == (2, True), done.out
    # The control: the same workspace, once it is named.
    named, told_by = ("--workspace", str(folder)), {"SOSIE_WORKSPACE": str(folder)}
    for done in (
        sosie("verify", copy, *named, cwd=tmp_path),
        sosie("verify", copy, cwd=tmp_path, secrets=told_by),
    ):
        assert done.code == 0, done.out
        (step,) = (line for line in done.out.splitlines() if line.startswith("  1. trust [ok]"))
        assert "the root and log key of the workspace `" in step
        assert "(root SHA-256 " in step


def test_a_workspace_is_not_named_beside_another_root(told: Told, tmp_path: Path) -> None:
    """Offline, a revocation is not seen: whoever names the workspace asks for it."""
    folder, file = told[0], released(told[0])
    trust, elsewhere = ("--trust", file.parent / "trust.json"), ("--remote", "http://127.0.0.1:9")
    for wrong in (trust, (*trust, *elsewhere), (*trust, *elsewhere, "--send-picture")):
        done = sosie("verify", file, "--workspace", folder, *wrong, cwd=tmp_path)
        assert (done.code, done.out) == (64, "")
        assert "`--workspace`: a workspace is its own answer" in done.err
    # The control: what the environment names stands behind the root that is given.
    told_by = {"SOSIE_WORKSPACE": str(folder)}
    done = sosie("verify", file, *trust, cwd=tmp_path, secrets=told_by)
    assert (done.code, "1. trust [ok] the root and log key that you gave" in done.out) == (
        0,
        True,
    ), done.out


def test_a_release_takes_the_format_that_its_channel_wants(workspace: Path, tmp_path: Path) -> None:
    trust, roots, chain = (tmp_path / name for name in ("trust.json", "roots.pem", "chain.pem"))
    wrote = sosie(
        *("trust", "--out", trust, "--pem", roots, "--chain", chain, "--workspace", workspace)
    )
    assert wrote.code == 0, wrote.err
    assert [path.read_text().count("BEGIN CERTIFICATE") for path in (roots, chain)] == [1, 2]
    assert json.loads(trust.read_text())["root"] == roots.read_text()
    with authority(datetime.now(UTC).replace(microsecond=0)) as (url, time_root):
        (tmp_path / "time.pem").write_text(time_root)
        clock = {"SOSIE_TSA": url, "SOSIE_TSA_ROOTS": str(tmp_path / "time.pem")}
        for format, beside in (("png", False), ("webp", True), ("avif", False)):
            done = sosie(
                *("release", "S-0001-01", "--as", "maison-nord", "--channel", "instagram"),
                *("--purpose", "organic_social", "--where", "FR", "--format", format),
                *(["--sidecar"] if beside else []),
                *("--workspace", workspace, "--json"),
                secrets={**secrets_of(workspace), **clock},
            )
            assert done.code == 0, done.err + done.out
            assert done.json["stamped_at"] is not None
            (file,) = (workspace / "releases" / done.json["seal"]).glob(f"*.{format}")
            assert file.with_suffix(".c2pa").exists() is beside
            found = sosie("verify", file, "--trust", trust, "--json", secrets=clock, cwd=tmp_path)
            assert found.code == 0, found.out
            subject = found.json["reports"][0]["subject"]
            assert subject["stamped_at"].replace("T", " ") == done.json["stamped_at"]
    late = sosie(
        *("release", "S-0001-01", "--as", "maison-nord", "--channel", "instagram"),
        *("--purpose", "organic_social", "--where", "FR", "--workspace", workspace),
        secrets={**secrets_of(workspace), **clock},
    )
    assert (late.code, "without a time stamp" in late.out) == (0, True), late.err + late.out


def test_a_smaller_copy_is_found_in_the_workspace(told: Told, tmp_path: Path) -> None:
    folder, _ = told
    copy = tmp_path / "copy.webp"
    with Image.open(released(folder)) as picture:
        picture.resize((picture.width * 2 // 3, picture.height * 2 // 3)).save(copy, quality=70)
    found = sosie("verify", copy, "--workspace", folder, "--json")
    assert found.code == 0, found.out
    assert "a copy of" in found.json["reports"][0]["sentence"]


def test_log_and_ledger_hold(told: Told) -> None:
    folder, _ = told
    assert sosie("log", "fsck", "--workspace", folder, "--json").json["wrong"] == []
    assert sosie("ledger", "check", "--workspace", folder).code == 0


def test_a_changed_database_is_found(workspace: Path) -> None:
    import sqlite3

    with sqlite3.connect(workspace / "sosie.sqlite3") as db:
        db.execute("DROP TRIGGER store_logentry_no_update")
        leaf = db.execute("SELECT leaf FROM store_logentry WHERE [index] = 5").fetchone()[0]
        changed = leaf.replace(b"202", b"203", 1)
        assert changed != leaf
        db.execute("UPDATE store_logentry SET leaf = ? WHERE [index] = 5", (changed,))
    done = sosie("log", "fsck", "--workspace", workspace)
    assert done.code == 1
    assert "5" in done.out


def test_no_secret_lies_open(told: Told) -> None:
    folder, said = told
    secrets = list(secrets_of(folder).values())
    assert len(secrets) >= 4
    text = json.dumps(said)
    for secret in secrets:
        assert secret not in text
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "passphrases.env":
            data = path.read_bytes()
            assert not any(secret.encode() in data for secret in secrets), path
            assert b"BEGIN PRIVATE KEY" not in data, path
    for key in folder.glob("keys/**/key.pem"):
        assert key.stat().st_mode & 0o077 == 0


def test_leaves_hold_no_names(told: Told) -> None:
    folder, _ = told
    bundles = b"".join(
        p.read_bytes() for p in (folder / "log" / "tile" / "entries").rglob("*") if p.is_file()
    )
    assert b"leaf/1" in bundles
    for name in (b"ines", b"Ines", b"Morel", b"maison", b"atlas", b"EUR"):
        assert name not in bundles


def test_exiftool_reads_the_fields(told: Told) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    done = subprocess.run(
        ["exiftool", "-j", "-DigitalSourceType", "-Credit", released(told[0])],
        capture_output=True,
        text=True,
        check=True,
    )
    (fields,) = json.loads(done.stdout)
    assert "composite" in fields["DigitalSourceType"].lower()
    assert "Ines" in fields["Credit"]


def test_a_second_run_starts_clean_and_a_stranger_s_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    done = sosie("demo", "--workspace", tmp_path)
    assert done.code == 65
    assert "no demo" in done.err
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.txt"]


def test_going_on_by_hand(workspace: Path) -> None:
    secrets = secrets_of(workspace)
    made = sosie("picture", "list", "--status", "made", "--workspace", workspace, "--json").json
    left = made["pictures"][0]
    refused = sosie("seal", left["picture"], "--workspace", workspace, secrets=secrets)
    assert refused.code == 1
    assert "approval.missing" in refused.err
    wrong = {**secrets, "SOSIE_PASSPHRASE_INES": "not her passphrase"}
    license = sosie("license", "list", "--workspace", workspace, "--json").json["licenses"][0]
    stolen = sosie(
        "license",
        "revoke",
        license["license"],
        "--as",
        "ines",
        "--workspace",
        workspace,
        secrets=wrong,
    )
    assert stolen.code == 65
    taken = sosie(
        "license",
        "revoke",
        license["license"],
        "--as",
        "ines",
        "--workspace",
        workspace,
        secrets=secrets,
    )
    assert taken.code == 0, taken.err
    after = sosie("verify", released(workspace), "--workspace", workspace, "--json")
    assert after.code == 1
    assert "revoked" in after.json["reports"][0]["sentence"]


def test_replay_in_a_fresh_process(told: Told) -> None:
    folder, _ = told
    replay = ("picture", "replay", "S-0001-01", "--workspace", folder, "--json")
    assert sosie(*replay).code == 65  # to make it again needs a grant, and that the house's key
    done = sosie(*replay, secrets=secrets_of(folder))
    assert (done.code, done.json["same"]) == (0, True)
