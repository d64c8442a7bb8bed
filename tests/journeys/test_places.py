"""A brand names a bucket and a webhook by command; releases go there, and are taken down there when
she takes her license back. The store and the program are processes of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import boto3

from sosie.client import event
from tests.journeys.browser import DESKTOP, Visitor, chromium
from tests.journeys.conftest import House, serving, sosie
from tests.services.test_hook import listening
from tests.stores import KEY, SECRET, bucket, s3_server, with_credentials

TO = ("--brand", "maison-nord", "--channel", "instagram")


def test_a_release_goes_to_its_places_and_is_taken_down_there(
    workspace: Path, tmp_path: Path
) -> None:
    house = House(workspace)
    house.secrets |= {"SOSIE_PRIVATE_PLACES": "yes", "SOSIE_PLACE_SECRET": SECRET}
    with s3_server() as store, with_credentials(store), listening() as shop:
        name = bucket("maison-nord-shop")
        where = (f"s3://{name}/sosie", *TO, "--endpoint", store, "--key-id", KEY)
        folder = house.done("place", "add", *where, "--ending", "tombstone")
        hook = house.done("place", "add", shop.url, *TO)
        assert SECRET not in json.dumps(folder)
        released = house.done(
            *("release", "S-0001-01", "--as", "maison-nord", "--channel", "instagram"),
            *("--purpose", "organic_social", "--where", "FR"),
        )
        assert house.done("place", "run", "--once")["tried"] == 2
        files = boto3.client("s3").list_objects_v2(Bucket=name)["Contents"]
        seal = released["seal"]
        picture = next(each["Key"] for each in files if each["Key"].endswith(".jpg"))
        assert picture.startswith(f"sosie/{seal}/")
        boto3.client("s3").download_file(name, picture, str(tmp_path / "fetched.jpg"))
        house.done("trust", "--out", tmp_path / "trust.json")
        record = boto3.client("s3").get_object(Bucket=name, Key=f"{picture}.sosie.json")
        (tmp_path / "fetched.jpg.sosie.json").write_bytes(record["Body"].read())
        checked = sosie(
            *("verify", tmp_path / "fetched.jpg", "--trust", tmp_path / "trust.json"), cwd=tmp_path
        )
        assert checked.code == 0, checked.out  # what went out is whole, and says whose it is

        house.done("license", "revoke", "L-2026-0001", "--as", "ines")
        assert house.done("place", "run", "--once")["tried"] == 2
        left = boto3.client("s3").list_objects_v2(Bucket=name)["Contents"]
        assert [each["Key"] for each in left] == [f"sosie/{seal}/taken-down.json"]
        headers, body = shop.told[-1]
        now = float(headers["webhook-timestamp"])
        said = event(hook["secret"], headers, body, now=now)
        assert (said["type"], said["data"]["seal"]) == ("release.take_down", seal)

        log = tmp_path / "log"
        with serving(workspace, log=log) as address, chromium() as browser:
            found = log.read_text().split("brand producer, maison-nord\n")[1].split()[0]
            claire = Visitor(browser, address, DESKTOP, "light")
            claire.join(found, "Claire Vidal")
            claire.open("/library/take-down")
            claire.reads(f"s3://{name}/sosie acknowledged")
            claire.press("Places")
            claire.page.get_by_role("button", name=f"It is down {seal}").click()
            claire.reads("It is noted that it was done.")
            assert claire.faults == []
        rows = house.done("place", "errands", "--brand", "maison-nord")["errands"]
        downs = [row["state"] for row in rows if row["what"] == "take_down"]
        assert downs == ["acknowledged", "acknowledged"]
        refused = sosie(
            *("place", "add", "http://127.0.0.1:9/x", *TO, "--workspace", workspace, "--json"),
            secrets={name: said for name, said in house.secrets.items() if "PRIVATE" not in name},
        )
        assert refused.code == 65
        assert "nothing is sent to it" in refused.out + refused.err
