"""`backup` of a system that people are writing to, and `restore`: what was acknowledged before is there, whole; a backup that is
cut, changed or made by somebody with other plans leaves nothing behind."""
import fcntl
import gzip
import io
import os
import shutil
import stat
import tarfile
import threading

import pytest
import requests

import store
from helpers import PASSWORD, check, jpeg, log_in, new_user, run_command

FAILED = 1
SQLITE = pytest.mark.sqlite  # these make systems of their own, which are SQLite


def settings_of(server, **more):
    return {**server.settings, "data_dir": server.data_dir, **more}


def add_photo(user):
    reply = check(user.post(f"/users/{user.id}/photos", files={"file": ("a.jpg", jpeg(64, 64), "image/jpeg")}), 201)
    return next(value for value in reply.values() if str(value).startswith("/uploads/"))


class Writers:
    """People who sign up and give photos until they are told to stop."""

    def __init__(self, server, n=3):
        self.made = []
        self._stop = threading.Event()
        self._failed = []
        self._threads = [threading.Thread(target=self._write, args=(server,)) for _ in range(n)]

    def _write(self, server):
        try:
            while not self._stop.is_set():
                user = new_user(server)
                self.made.append((user, add_photo(user)))
        except Exception as error:  # pylint: disable=broad-except
            self._failed.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self._failed, self._failed


@pytest.mark.parametrize("name", ["all.tar", "all.tar.gz"])
def test_backup_under_load_and_back(make_server, tmp_path, name):
    server = make_server()
    file = tmp_path / name
    with Writers(server) as writers:
        while len(writers.made) < 5:
            pass_time(writers)
        before = list(writers.made)
        result = run_command("backup", str(file), settings=settings_of(server), timeout=300)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part*"))
    server.stop()
    more = {"database_url": store.fresh_database()} if store.POSTGRES else {}
    target = tmp_path / "back" / "data"
    target.parent.mkdir()
    back = run_command("restore", str(file), settings=settings_of(server, data_dir=target, **more), timeout=300)
    assert back.returncode == 0, back.stderr
    assert not list(target.glob("restore*"))
    other = make_server(**{**more, "data_dir": target})
    for user, photo in before:
        again = log_in(other, user.email, PASSWORD)
        assert again.number == user.number
        assert again.get(photo).status_code == 200
        assert again.get(photo.replace(".jpg", "-thumb.jpg")).status_code == 200
        # and with the token that the old system gave: its key came along
        assert requests.get(other.url + f"/users/{user.id}",
                            headers={"Authorization": "Bearer " + user.token}).status_code == 200
    new_user(other)
    if more:
        other.stop()
        store.drop_database(more["database_url"])


def pass_time(writers):
    writers._stop.wait(0.05)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A backup of a small SQLite system that does not run, and its data directory."""
    folder = tmp_path_factory.mktemp("backup")
    settings = {"data_dir": folder / "data"}
    assert run_command("demo", "--people", "6", "--city", "New York", settings=settings, timeout=120).returncode == 0
    (folder / "data" / "token.key").write_bytes(b"k" * 32)
    (folder / "data" / "token.key").chmod(0o600)
    result = run_command("backup", str(folder / "b.tar"), settings=settings, timeout=120)
    assert result.returncode == 0, result.stderr
    assert f" {(folder / 'b.tar').stat().st_size} bytes;" in result.stdout
    return folder / "b.tar"


def restore(file, target):
    return run_command("restore", str(file), settings={"data_dir": target}, timeout=120)


def refused(file, target):
    """Refused with one sentence, and nothing is left: not even the directory."""
    result = restore(file, target)
    assert result.returncode == FAILED, (result.stdout, result.stderr)
    lines = [line for line in result.stderr.splitlines() if line.startswith("bookadate: ")]
    assert len(lines) == 1 and "Sanitizer" not in result.stderr, result.stderr
    assert not target.exists()
    return lines[0]


@SQLITE
def test_what_is_in_it(made):
    with tarfile.open(made) as tar:
        names = tar.getnames()
        assert names[0] == "backup.json" and names[-1] == "SHA256SUMS"
        assert {"bookadate.db", "token.key"} <= set(names)
        assert sum(name.startswith("photos/") for name in names) == 12  # and their thumbnails
        assert all(member.isreg() and member.mode == 0o600 for member in tar.getmembers())


@SQLITE
def test_neither_overwrites_anything(made, tmp_path):
    taken = tmp_path / "taken.tar"
    taken.write_text("mine")
    result = run_command("backup", str(taken), settings={"data_dir": made.parent / "data"})
    assert result.returncode == FAILED and "exists already" in result.stderr and taken.read_text() == "mine"
    used = tmp_path / "used"
    used.mkdir()
    (used / "note").write_text("mine")
    result = restore(made, used)
    assert result.returncode == FAILED and "not empty" in result.stderr
    assert [path.name for path in used.iterdir()] == ["note"]


@SQLITE
@pytest.mark.parametrize("left", [["restore.part/photos/a.jpg"], ["restore.part/bookadate.db", "photos/a.jpg", "token.key"]],
                         ids=["while it unpacked", "while it was put in place"])
def test_a_restore_that_was_killed_is_begun_anew(made, tmp_path, left):
    target = tmp_path / "target"
    for name in left:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("half")
    assert restore(made, target).returncode == 0
    assert not (target / "restore.part").exists() and not (target / "photos" / "a.jpg").exists()
    assert (target / "token.key").read_bytes() == b"k" * 32
    again = restore(made, target)
    assert again.returncode == FAILED and "not empty" in again.stderr and (target / "bookadate.db").exists()


@SQLITE
def test_a_restore_that_fails_while_it_is_put_in_place(made, tmp_path):
    """A directory that takes no more names: what was put there goes again."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "lost+found").mkdir()  # a volume's own
    held = os.open(target, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    result = restore(made, target)
    assert result.returncode == FAILED and "cannot be held" in result.stderr
    os.close(held)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(made.read_bytes()[:-4096])
    assert restore(cut, target).returncode == FAILED
    assert [path.name for path in target.iterdir()] == ["lost+found"]
    assert restore(made, target).returncode == 0


def test_a_backup_of_the_other_store_leaves_nothing(made, tmp_path, postgres):
    name = postgres.new_database()
    target = tmp_path / "target"
    result = run_command("restore", str(made), settings={"data_dir": target, "database_url": postgres.url(name)}, timeout=120)
    assert result.returncode == FAILED and "backup of SQLite" in result.stderr and not target.exists()
    source = {"data_dir": tmp_path / "source", "database_url": postgres.url(name)}
    assert run_command("demo", "--people", "4", "--city", "New York", settings=source, timeout=120).returncode == 0
    assert run_command("backup", str(tmp_path / "pg.tar"), settings=source, timeout=120).returncode == 0
    full = run_command("restore", str(tmp_path / "pg.tar"), settings={**source, "data_dir": target}, timeout=120)
    assert full.returncode == FAILED and not target.exists()  # that database is not empty: nothing is left in the directory
    empty = postgres.new_database()
    settings = {"data_dir": target, "database_url": postgres.url(empty)}
    result = run_command("restore", str(tmp_path / "pg.tar"), settings=settings, timeout=120)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in target.iterdir() if path.name != "bookadate.lock")[-1] == "photos"
    for each in (name, empty):
        postgres.drop(each)


@SQLITE
def test_a_backup_that_was_killed_is_begun_anew(made, tmp_path):
    file, folder = tmp_path / "b.tar", tmp_path / "b.tar.part.d"

    def backup():
        return run_command("backup", str(file), settings={"data_dir": made.parent / "data"})

    folder.mkdir(mode=0o700)
    (folder / "bookadate.db").write_text("half")
    (tmp_path / "b.tar.part").write_text("half")
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    result = backup()  # another one runs
    assert result.returncode == FAILED and "under way" in result.stderr and (tmp_path / "b.tar.part").exists()
    os.close(held)
    folder.chmod(0o777)
    result = backup()  # anybody could have put something there, and could read what we do
    assert result.returncode == FAILED and "not ours" in result.stderr
    folder.chmod(0o700)
    assert backup().returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


@SQLITE
def test_no_store_no_backup(tmp_path):
    result = run_command("backup", str(tmp_path / "b.tar"), settings={"data_dir": tmp_path / "nothing"})
    assert result.returncode == FAILED and "there is no store" in result.stderr
    assert list(tmp_path.iterdir()) == []


@SQLITE
def test_a_backup_that_is_cut_anywhere(made, tmp_path):
    whole = made.read_bytes()
    packed = gzip.compress(whole)
    for name, data in (("a", whole), ("b", packed)):
        for cut in (0, 511, 700, len(data) // 2, len(data) - 2048 if name == "a" else len(data) - 9):
            file = tmp_path / "cut.tar"
            file.write_bytes(data[:cut])
            refused(file, tmp_path / "target")
    file.write_bytes(packed)
    assert restore(file, tmp_path / "target").returncode == 0


@SQLITE
def test_a_backup_with_one_bit_changed(made, tmp_path):
    whole = made.read_bytes()
    for at in range(600, len(whole) - 1024, len(whole) // 7):
        data = bytearray(whole)
        data[at] ^= 4
        if data.count(0) and whole[at] == 0 and at % 512 > 300:
            data[at] ^= 4  # padding may hold what it likes: choose the byte in front of the block
            data[at - at % 512 + 10] ^= 4
        file = tmp_path / "flip.tar"
        file.write_bytes(data)
        result = restore(file, tmp_path / "target")
        if result.returncode == 0:  # it hit padding, which no file has
            shutil.rmtree(tmp_path / "target")
        else:
            assert not (tmp_path / "target").exists()
            assert "Sanitizer" not in result.stderr


def entry(name, data=b"x", kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.size = len(data) if kind == tarfile.REGTYPE else 0
    info.type, info.linkname, info.mode = kind, link, 0o777
    return info, data


@SQLITE
@pytest.mark.parametrize("entries", [
    [entry("../outside")], [entry("/tmp/outside-of-everything")], [entry("photos/../../outside")], [entry("photos/.hidden")],
    [entry("photos/a/b")], [entry("photos/")], [entry("bookadate.lock")], [entry("photos/UPPER.jpg")],
    [entry("token.key", kind=tarfile.SYMTYPE, link="/etc/passwd")], [entry("photos", kind=tarfile.SYMTYPE, link="/tmp")],
    [entry("photos/a.jpg", kind=tarfile.LNKTYPE, link="/etc/passwd")], [entry("photos", kind=tarfile.DIRTYPE)],
    [entry("token.key", kind=tarfile.FIFOTYPE)], [entry("token.key", kind=tarfile.CHRTYPE)],
    [entry("token.key"), entry("token.key")], [entry("backup.json", b"{}"), entry("SHA256SUMS", b"")],
], ids=lambda entries: entries[-1][0].name + entries[-1][0].type.decode())
def test_an_archive_with_other_plans(tmp_path, entries):
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    refused(file, tmp_path / "target")
    assert not (tmp_path / "outside").exists() and not os.path.exists("/tmp/outside-of-everything")


@SQLITE
@pytest.mark.parametrize("data", [b"", b"not a tar" * 300, os.urandom(5000), b"\0" * 10240],
                         ids=["empty", "text", "noise", "zeros"])
def test_no_archive_at_all(tmp_path, data):
    file = tmp_path / "x.tar"
    file.write_bytes(data)
    refused(file, tmp_path / "target")
    refused(tmp_path / "not-there.tar", tmp_path / "target")


@SQLITE
def test_a_size_that_no_disk_has(tmp_path):
    """A header that promises 2^60 bytes, rightly summed."""
    info = tarfile.TarInfo("bookadate.db")
    info.size = 1 << 60
    file = tmp_path / "big.tar"
    file.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 4096)
    refused(file, tmp_path / "target")
