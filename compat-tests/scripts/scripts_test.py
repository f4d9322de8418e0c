"""What scripts/run and scripts/test do, in a clone that has the program built ($UNDERSTUDY_PROGRAM) and a cmake that only notes
what it is asked for."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"
NOTING = '#!/bin/sh\necho "$PWD: ${0##*/} $*" >> "$NOTES"\n'


def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.clone, self.elsewhere = pathlib.Path(folder.name, "clone"), pathlib.Path(folder.name, "elsewhere")
        self.elsewhere.mkdir()
        self.notes = pathlib.Path(folder.name, "notes")
        self.environment = os.environ | {"NOTES": str(self.notes), "PATH": f"{folder.name}/bin:{os.environ['PATH']}"}
        write_program(pathlib.Path(folder.name, "bin/cmake"), NOTING)
        write_program(self.clone / "scripts/deps", NOTING)
        for name in ("run", "test"):
            shutil.copy(SCRIPTS / name, self.clone / "scripts" / name)

    def built(self):
        program = self.clone / "build/release/broker/understudy"
        program.parent.mkdir(parents=True)
        program.symlink_to(os.environ["UNDERSTUDY_PROGRAM"])

    def started(self, *command):
        """The first line of the broker, which is then told to stop, and how it ended."""
        with subprocess.Popen(command, cwd=self.elsewhere, env=self.environment, stdout=subprocess.PIPE, text=True) as broker:
            line = broker.stdout.readline()
            broker.send_signal(signal.SIGTERM)
        return line, broker.returncode

    def test_a_relative_data_dir_is_that_of_the_caller(self):
        self.built()
        line, status = self.started(self.clone / "scripts/run", "--listen", "127.0.0.1:0", "--data-dir", "./x", "--print-bootstrap")
        self.assertRegex(line, r"^127\.0\.0\.1:\d+\n$")
        self.assertEqual(status, 0)
        self.assertTrue((self.elsewhere / "x/meta.properties").is_file())
        self.assertFalse((self.clone / "x").exists())

    def test_a_symbolic_link_runs_it(self):
        self.built()
        link = self.elsewhere / "understudy"
        link.symlink_to("../clone/scripts/run")
        line, status = self.started("./understudy", "--listen=127.0.0.1:0", "--print-bootstrap")
        self.assertRegex(line, r"^127\.0\.0\.1:\d+\n$")
        self.assertEqual(status, 0)

    def test_it_can_be_waited_for_in_the_background(self):
        self.built()
        script = """set -e
            read -r bootstrap < <("$0" --listen 127.0.0.1:0 --print-bootstrap)
            exec 3<> "/dev/tcp/${bootstrap/://}"
            kill $!
            while kill -0 $! 2> /dev/null; do :; done
            echo "$bootstrap"
            """
        done = subprocess.run(["bash", "-c", script, self.clone / "scripts/run"], check=False, cwd=self.elsewhere,
                              env=self.environment, capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^127\.0\.0\.1:\d+\n$")

    def test_all_that_is_installed_is_built(self):
        self.built()
        subprocess.run([self.clone / "scripts/run", "--version"], check=True, cwd=self.elsewhere, env=self.environment,
                       capture_output=True)
        notes = self.notes.read_text().splitlines()
        self.assertEqual([note.split(": ")[1] for note in notes], [
            "deps build", f"cmake -S {self.clone} --preset release -DUNDERSTUDY_TESTS=OFF",
            f"cmake --build {self.clone}/build/release --target understudy_package"])

    def test_a_configured_tree_stays_as_it_is(self):
        self.built()
        (self.clone / "build/release/build.ninja").touch()
        subprocess.run([self.clone / "scripts/run", "--version"], check=True, env=self.environment, capture_output=True)
        self.assertNotIn("--preset", self.notes.read_text())

    def test_a_stage_without_its_build_says_what_to_do(self):
        for stage in ("unit", "readme", "conformance", "differential", "clients", "lint"):
            done = subprocess.run([self.clone / "scripts/test", stage], check=False, env=self.environment, capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, f"scripts/test: stage {stage} wants the stage build first: scripts/test build {stage}\n")

    def test_data_is_not_a_part_of_the_repository(self):
        subprocess.run(["git", "init", "-q", self.clone], check=True)
        shutil.copy(SCRIPTS.parent / ".gitignore", self.clone)
        for folder, expected in (("data", 0), ("build/release", 0), ("scripts", 1)):
            ignored = subprocess.run(["git", "check-ignore", "-q", f"{folder}/x"], check=False, cwd=self.clone)
            self.assertEqual(ignored.returncode, expected, folder)


if __name__ == "__main__":
    unittest.main()
