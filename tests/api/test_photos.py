"""Photos: what is taken, what becomes of it, who sees it, and how files are served (reference 1.6, 1.7; contract §4)."""
import base64
import re
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import store
from helpers import (admin, anonymous, approve, check, couple, everywhere, exif, jpeg, log_in, new_user, pending_couple,
                     png, until)

PATH = re.compile(r"/uploads/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.jpg")
NAME = "9f1c8b6e-0000-4000-8000-000000000000.jpg"


def upload(user, data, path=None, part="file", name="me.jpg", kind="image/jpeg"):
    return user.post(path or f"/users/{user.id}/photos", files={part: (name, data, kind)})


def url_of(user, data=None):
    return check(upload(user, data or jpeg()), 201)["photo_url"]


def thumb(url):
    return url.replace(".jpg", "-thumb.jpg")


def profile_photo(user):
    return check(user.get(f"/users/{user.id}"), 200)["profile_photo"]


def photos(user):
    return check(user.get(f"/users/{user.id}/photos"), 200)


def segments(data):
    """(marker, content) of a JPEG's header."""
    assert data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9"
    at = 2
    while data[at + 1] != 0xDA:
        (length,) = struct.unpack(">H", data[at + 2:at + 4])
        yield data[at + 1], data[at + 4:at + 2 + length]
        at += 2 + length


def size(data):
    for marker, content in segments(data):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[1:5])
            return width, height
    raise AssertionError("no frame")


# ── Uploading ──


def test_upload_list_and_profile_photo(server):
    user = new_user(server)
    assert photos(user) == [] and profile_photo(user) is None
    body = check(upload(user, jpeg()), 201)
    assert list(body) == ["photo_url"] and PATH.fullmatch(body["photo_url"])
    first = body["photo_url"]
    second, third = url_of(user, png()), url_of(user)
    assert photos(user) == [first, second, third]
    assert profile_photo(user) == first  # the first stays it


WEBP = base64.b64decode("UklGRiQAAABXRUJQVlA4TBcAAAAvP8ALAAdQqCIXpf8BICH8Xy9G9D/1AwA=")  # 64 × 48, one colour


@pytest.mark.parametrize("data", [jpeg(64, 48), png(64, 48), WEBP], ids=["jpeg", "png", "webp"])
def test_what_is_kept_is_a_jpeg_of_the_same_size_and_a_thumbnail(server, data):
    user = new_user(server)
    url = url_of(user, data)
    for path in (url, thumb(url)):
        reply = user.get(path)
        assert reply.status_code == 200 and reply.headers["Content-Type"] == "image/jpeg"
        assert size(reply.content) == (64, 48)  # nothing is enlarged


def test_large_photos_are_scaled_down(server):
    user = new_user(server)
    url = url_of(user, png(2500, 100))
    assert size(user.get(url).content) == (2048, 82)
    width, height = size(user.get(thumb(url)).content)
    assert width == 320 and 12 <= height <= 14


def test_no_metadata_is_left(server):
    user = new_user(server)
    url = url_of(user, jpeg(64, 48, exif=exif(gps=(48, 11), software="SpyCam 3000")))
    for path in (url, thumb(url)):
        data = user.get(path).content
        assert b"Exif" not in data and b"SpyCam" not in data and b"GPS" not in data
        assert not [m for m, _ in segments(data) if 0xE1 <= m <= 0xEF or m == 0xFE]  # APP1… and comments


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright(server, orientation):
    user = new_user(server)
    url = url_of(user, jpeg(64, 48, exif=exif(orientation=orientation)))
    assert size(user.get(url).content) == ((64, 48) if orientation < 5 else (48, 64))


@pytest.mark.parametrize("data", [
    b"", b"hello", b"GIF89a" + b"\0" * 100, b"<svg xmlns='http://www.w3.org/2000/svg'/>", jpeg()[:-40], jpeg()[:200],
    png()[:-20], png()[:60], b"\xff\xd8\xff\xe0" + b"\0" * 500, b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 ", WEBP[:-6],
])
def test_what_is_no_whole_image(server, data):
    user = new_user(server)
    check(upload(user, data), 415, "The file is not a whole JPEG, PNG or WebP image")
    assert photos(user) == []


def test_the_clients_words_do_not_count(server):
    user = new_user(server)
    url = check(upload(user, png(), name="../../../etc/passwd", kind="text/html"), 201)["photo_url"]
    assert PATH.fullmatch(url)
    check(upload(user, b"<script>", name="x.jpg", kind="image/jpeg"), 415)


def test_too_small(server):
    user = new_user(server)
    for data in (png(31, 64), png(64, 31), png(1, 1)):
        body = check(upload(user, data), 422)
        assert body["errors"] == [{"field": "file", "message": "must be at least 32 pixels a side"}]
    url_of(user, png(32, 32))


def test_too_many_pixels(server):
    user = new_user(server)
    bomb = bytearray(png(32, 32))
    bomb[16:24] = struct.pack(">II", 10000, 5001)  # 50,010,000: the head alone decides
    reply = upload(user, bytes(bomb))
    assert reply.status_code in (413, 415), reply.text  # 415: the head's checksum is no longer right
    import zlib
    bomb[29:33] = struct.pack(">I", zlib.crc32(bytes(bomb[12:29])))
    check(upload(user, bytes(bomb)), 413, "The image has more than 50 megapixels")


def test_too_many_bytes(server):
    user = new_user(server)
    reply = upload(user, jpeg() + b"\0" * (10 * 1024 * 1024))
    check(reply, 413, "The image has more than 10485760 bytes")
    try:
        status = upload(user, b"\0" * (12 * 1024 * 1024)).status_code
    except requests.ConnectionError:  # refused by its head, before all of it was sent
        status = 413
    assert status == 413
    assert photos(user) == []


def test_the_limit_of_bytes_is_a_setting(make_server):
    server = make_server(upload_max_bytes=2000, photos_per_user=1)
    user = new_user(server)
    check(upload(user, jpeg() + b"\0" * 2000), 413, "The image has more than 2000 bytes")
    url_of(user, png(32, 32))
    check(upload(user, png(32, 32)), 409, "You already have 1 photos; delete one first")


def test_forms_that_are_none(server):
    user = new_user(server)
    path = f"/users/{user.id}/photos"
    body = check(upload(user, jpeg(), part="photo"), 422)
    assert body["errors"][0]["field"] == "file"
    check(user.post(path, data=jpeg(), headers={"Content-Type": "image/jpeg"}), 415)
    check(user.post(path, json={"file": "x"}), 415)
    check(user.post(path), 415)
    kind = "multipart/form-data; boundary=abc"
    check(user.post(path, data=b"--abc\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx",
                    headers={"Content-Type": kind}), 400)
    check(user.post(path, data=b"nothing", headers={"Content-Type": kind}), 400)
    assert photos(user) == []


def test_twelve_and_no_more(server):
    user = new_user(server)
    urls = [url_of(user, png(32, 32)) for _ in range(12)]
    assert photos(user) == urls
    check(upload(user, png(32, 32)), 409, "You already have 12 photos; delete one first")
    check(user.delete(f"/users/{user.id}/photos/{urls[3].split('/')[-1]}"), 200)
    url_of(user, png(32, 32))
    check(upload(user, png(32, 32)), 409)


def test_twelve_also_at_once(server):
    user = new_user(server)
    with ThreadPoolExecutor(6) as pool:
        seen = sorted(r.status_code for r in pool.map(lambda _: upload(user, png(32, 32)), range(16)))
    assert seen == [201] * 12 + [409] * 4
    assert len(photos(user)) == 12


def test_only_for_oneself(server):
    user, other, root = new_user(server), new_user(server), admin(server)
    for who in (user, root):
        check(upload(who, jpeg(), f"/users/{other.id}/photos"), 403,
              f"user_id {other.id} is not yours: yours is {who.id}")
    check(upload(user, jpeg(), "/users/00000001-0000-8000-8000-000000000000/photos"), 404, "User not found")
    check(anonymous(server).post(f"/users/{other.id}/photos", files={"file": jpeg()}), 401)
    assert photos(other) == []
    check(upload(user, jpeg(), f"/users/{user.number}/photos"), 201)


# ── Listing ──


def test_the_list_comes_in_pages(server):
    user = new_user(server)
    urls = [url_of(user, png(32, 32)) for _ in range(5)]
    seen, path = [], f"/users/{user.id}/photos?limit=2"
    while path:
        reply = user.get(path)
        seen += check(reply, 200)
        link = re.fullmatch(r'<(.+)>; rel="next"', reply.headers.get("Link", ""))
        path = link and link[1]
        assert not path or "limit=2" in path
    assert seen == urls
    for bad in ("limit=0", "limit=1001", "limit=x", "cursor=x"):
        check(user.get(f"/users/{user.id}/photos?{bad}"), 422)


# ── Who sees them ──


def test_who_sees_photos(server):
    alice, bob, match = pending_couple(server)
    stranger, root = new_user(server), admin(server)
    url = url_of(alice)
    listing = f"/users/{alice.id}/photos"

    def see(who):
        return [who.get(path).status_code for path in (listing, url, thumb(url))]

    assert see(alice) == see(root) == [200, 200, 200]
    assert see(stranger) == see(bob) == [403, 403, 403]  # pending shows no photos
    assert see(anonymous(server)) == [401, 401, 401]
    check(bob.get(url), 403, "You may not see this photo")
    check(bob.get(listing), 403, "You may not see these photos")

    approve(alice, match["id"])
    assert see(bob) == [403, 403, 403]
    approve(bob, match["id"])
    assert see(bob) == [200, 200, 200]
    assert see(stranger) == [403, 403, 403]
    check(bob.post(f"/matches/{match['id']}/end"), 200)
    assert see(bob) == [403, 403, 403]


def test_unknown_people_and_names(server):
    user = new_user(server)
    check(user.get("/users/00000001-0000-8000-8000-000000000000/photos"), 404, "User not found")
    check(user.get("/users/99999999/photos"), 403)
    check(user.get("/users/abc/photos"), 404, "User not found")
    for name in (NAME, NAME.replace(".jpg", "-thumb.jpg"), "photo123.jpg", "x", NAME.upper(), "..%2f..%2ftoken.key",
                 "%2e%2e%2ftoken.key", "token.key", NAME + "%00"):
        assert user.get("/uploads/" + name).status_code == 404, name
    check(user.get("/uploads/" + NAME), 404, "Photo not found")


def test_the_token_in_the_query_is_for_development(server, make_server):
    user = new_user(server)
    url = url_of(user)
    assert requests.get(f"{server.url}{url}?token={user.token}").status_code == 200
    assert requests.get(f"{server.url}{url}?token={user.token}x").status_code == 401
    assert requests.get(f"{server.url}/users/{user.id}?token={user.token}").status_code == 401  # pictures only
    strict = make_server(profile="production")
    user = new_user(strict)
    url = url_of(user)
    assert requests.get(f"{strict.url}{url}?token={user.token}").status_code == 401
    assert user.get(url).status_code == 200


# ── Serving files ──


def test_validators(server):
    user = new_user(server)
    url = url_of(user)
    reply = user.get(url)
    tag = reply.headers["ETag"]
    assert re.fullmatch(r'"[^"]+"', tag) and reply.headers["Cache-Control"] == "private, no-cache"
    assert reply.headers["Accept-Ranges"] == "bytes" and reply.headers["X-Content-Type-Options"] == "nosniff"
    assert user.get(thumb(url)).headers["ETag"] != tag
    for value in (tag, "W/" + tag, f'"other", {tag}', "*"):
        again = user.get(url, headers={"If-None-Match": value})
        assert again.status_code == 304 and again.content == b"" and again.headers["ETag"] == tag
    assert user.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    # a validator opens nothing to those who may not see it
    assert new_user(server).get(url, headers={"If-None-Match": tag}).status_code == 403


def test_ranges(server):
    user = new_user(server)
    url = url_of(user, jpeg(200, 200))
    whole = user.get(url).content
    n = len(whole)
    for value, first, last in [("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=100-", 100, n - 1),
                               ("bytes=-50", n - 50, n - 1), (f"bytes=10-{n * 2}", 10, n - 1),
                               (f"bytes=-{n * 2}", 0, n - 1)]:
        reply = user.get(url, headers={"Range": value})
        assert reply.status_code == 206, value
        assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{n}"
        assert reply.content == whole[first:last + 1]
    for value in ("bytes=5-2", "lines=0-1", "bytes=x"):
        assert user.get(url, headers={"Range": value}).content == whole
    reply = user.get(url, headers={"Range": f"bytes={n}-"})
    check(reply, 416)
    assert reply.headers["Content-Range"] == f"bytes */{n}"
    tag = user.get(url).headers["ETag"]
    assert user.get(url, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert user.get(url, headers={"Range": "bytes=0-9", "If-Range": '"old"'}).status_code == 200


def test_head(server):
    user = new_user(server)
    url = url_of(user)
    reply = user.request("HEAD", url)
    assert reply.status_code == 200 and reply.content == b""
    assert int(reply.headers["Content-Length"]) == len(user.get(url).content)


# ── Deleting ──


def test_delete(server):
    user = new_user(server)
    urls = [url_of(user, png(32, 32)) for _ in range(3)]
    names = [u.split("/")[-1] for u in urls]

    def delete(name):
        return user.delete(f"/users/{user.id}/photos/{name}")

    assert check(delete(names[0]), 200) == {"message": "Photo deleted"}
    assert photos(user) == urls[1:] and profile_photo(user) == urls[1]  # the next oldest
    check(user.get(urls[0]), 404)
    check(user.get(thumb(urls[0])), 404)
    for name in (names[0], NAME, "x.jpg", names[1].replace(".jpg", "-thumb.jpg")):
        check(delete(name), 404, "Photo not found")
    check(delete(names[2]), 200)
    assert profile_photo(user) == urls[1]
    check(delete(names[1]), 200)
    assert photos(user) == [] and profile_photo(user) is None


def test_who_deletes(server):
    alice, bob, _ = couple(server)
    root = admin(server)
    name = url_of(alice).split("/")[-1]
    check(bob.delete(f"/users/{alice.id}/photos/{name}"), 403)
    check(bob.delete(f"/users/{bob.id}/photos/{name}"), 404, "Photo not found")
    check(anonymous(server).delete(f"/users/{alice.id}/photos/{name}"), 401)
    check(root.delete(f"/users/{bob.id}/photos/{name}"), 404)
    check(root.delete(f"/users/{alice.id}/photos/{name}"), 200)
    assert photos(alice) == []


def test_another_profile_photo(server):
    user, other = new_user(server), new_user(server)
    first, second, theirs = url_of(user), url_of(user), url_of(other)
    body = check(user.put(f"/users/{user.id}", json={"profile_photo": second}), 200)
    assert body["profile_photo"] == second
    check(user.put(f"/users/{user.id}", json={"profile_photo": first.split("/")[-1]}), 200)
    assert profile_photo(user) == first
    for not_ones_own in (theirs, thumb(first)):
        assert check(user.put(f"/users/{user.id}", json={"profile_photo": not_ones_own}), 422)["errors"] == [
            {"field": "profile_photo", "message": "is not one of your photos"}]


def files(server):
    return sorted(p.name for p in (server.data_dir / "photos").iterdir())


def test_files_go_with_their_photos(make_server):
    server = make_server()
    user = new_user(server)
    kept, gone = url_of(user), url_of(user)
    names = sorted(n for url in (kept, gone) for n in (url.split("/")[-1], thumb(url).split("/")[-1]))
    assert files(server) == names
    check(upload(user, b"no image"), 415)
    check(user.delete(f"/users/{user.id}/photos/{gone.split('/')[-1]}"), 200)
    until(lambda: files(server) == sorted([kept.split("/")[-1], thumb(kept).split("/")[-1]]))
    server.kill()
    server.restart()
    assert user.get(kept).status_code == 200 and photos(user) == [kept]


def test_files_that_never_got_their_row_are_removed(make_server):
    server = make_server()
    user = new_user(server)
    kept = url_of(user)
    server.kill()
    store.query(server, "INSERT INTO user_photo_trash (name, after_us) VALUES (?, ?)", NAME,
                int(time.time() * 1e6) + 3000000)  # as a crash between file and row leaves it
    for name in (NAME, NAME.replace(".jpg", "-thumb.jpg")):
        (server.data_dir / "photos" / name).write_bytes(jpeg())
    server.restart()
    assert user.get("/uploads/" + NAME).status_code == 404
    assert NAME in files(server)  # its upload could still be running
    until(lambda: len(files(server)) == 2)
    assert user.get(kept).status_code == 200


def test_a_session_that_ended_sees_no_pictures(server):
    user = new_user(server)
    url = url_of(user)
    other = log_in(server, user.email, user.password)
    check(user.post("/auth/logout"), 200)
    everywhere(lambda: check(user.get(url), 401))  # another process hears of it a moment later
    assert other.get(url).status_code == 200


def test_one_photo_at_a_time(server):
    """What came beside the first would be lost without a word."""
    user = new_user(server)
    reply = user.post(f"/users/{user.id}/photos", files=[("file", ("a.jpg", jpeg(), "image/jpeg")), ("file", ("b.jpg", jpeg(), "image/jpeg"))])
    assert reply.status_code == 422 and "one photo at a time" in reply.text
    assert photos(user) == []
