"""That each check of scripts/tidy.py bites: it is shown a planted fault, and something like it that is allowed."""
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tidy


class Layers(unittest.TestCase):
    def complaints(self, name, text="", checks=(tidy.check_folder, tidy.check_layers)):
        return [complaint for check in checks for complaint in check(name, text)]

    def refuses(self, name, text, words):
        found = self.complaints(name, text)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def allows(self, name, text=""):
        self.assertEqual(self.complaints(name, text), [])

    def test_an_arrow_goes_down_only(self):
        self.refuses("broker/log/log.cc", '#include "broker/log/log.h"\n#include "broker/cluster/cluster.h"\n',
                     "log.cc:2: broker/log must not include broker/cluster/cluster.h")
        self.refuses("wire/output.h", '#include "codec/crc32c.h"\n', "codec is not below it")
        self.allows("broker/cluster/cluster.cc", '#include "broker/log/log.h"\n#include "wire/types.h"\n#include <vector>\n')

    def test_folders_of_one_height_do_not_know_each_other(self):
        self.refuses("broker/faults/faults.cc", '#include "broker/cluster/cluster.h"\n', "not below it")

    def test_nobody_includes_what_stands_above_all(self):
        self.refuses("broker/embedding/cluster.cc", '#include "broker/main.h"\n', "broker is not below it")

    def test_an_unknown_folder_is_an_error(self):
        self.refuses("broker/groups/group.cc", "", "is no layer")
        self.refuses("tools/tool.cc", "", "is no layer")
        self.refuses("broker/groups/group_test.cc", "", "is no layer")
        self.refuses("broker/api/join.cc", '#include "broker/groups/group.h"\n', "in a folder that is no layer")
        self.allows("broker/main.cc")
        self.allows("broker/embedding/include/understudy/cluster.h")
        self.allows("compat-tests/simulation/world.cc", '#include "simulation/world.h"\n')
        self.allows("cmake/corpus_test.cc")

    def test_tests_may_include_everything(self):
        self.allows("broker/log/log_test.cc", '#include "broker/core/broker.h"\n#include <thread>\n')

    def test_the_core_is_handed_threads_files_and_sockets(self):
        for header in ("thread", "mutex", "fstream", "sys/socket.h", "unistd.h"):
            self.refuses("broker/core/broker.cc", f"#include <{header}>\n", "the core must not include")
            self.allows("broker/server/loop.cc", f"#include <{header}>\n")

    def test_the_core_knows_no_library_of_the_edge(self):
        self.refuses("codec/record.cc", "#include <boost/asio.hpp>\n", "belongs to the edge")
        self.allows("wire/json.cc", "#include <boost/json.hpp>\n")

    def test_the_core_uses_no_clock_lock_or_chance(self):
        for name in ("std::chrono::steady_clock::now()", "std::random_device", "std::mutex", "getenv", "thread_local"):
            found = self.complaints("broker/log/log.cc", f"int a;\nauto x = {name};\n", (tidy.check_core_names,))
            self.assertIn("broker/log/log.cc:2: the core must not use", found[0])
        self.assertEqual(self.complaints("broker/log/log.cc", "// std::mutex\nauto x = \"getenv\";\n",
                                         (tidy.check_core_names,)), [])
        self.assertEqual(self.complaints("broker/server/log.cc", "std::mutex a;\n", (tidy.check_core_names,)), [])

    def test_every_layer_below_the_server_is_of_the_core(self):
        self.assertIn("broker/core", tidy.CORE)
        self.assertNotIn("broker/server", tidy.CORE)

    def test_cmake_lists_the_same_layers_in_order(self):
        cmake = "foreach(layer base log cluster faults coordinator group api core server embedding)\n"
        self.assertEqual(list(tidy.check_order(cmake)), [])
        self.assertIn("broker/core", list(tidy.check_order(cmake.replace(" core", "")))[0])
        self.assertIn("broker/groups", list(tidy.check_order(cmake.replace(" core", " core groups")))[0])
        self.assertIn("lowest", list(tidy.check_order(cmake.replace("base log", "log base")))[0])


class Texts(unittest.TestCase):
    def test_a_file_has_no_more_lines_than_a_person_holds(self):
        self.assertEqual(list(tidy.check_length("x.cc", "\n" * tidy.LINES_MAX)), [])
        self.assertIn("split it", list(tidy.check_length("x.cc", "\n" * (tidy.LINES_MAX + 1)))[0])

    def words(self, name, text):
        return list(tidy.check_words(name, text, re.compile(r"/somewhere/else")))

    def test_no_path_of_this_machine(self):
        self.assertIn("x.md:2: /somewhere/else", self.words("x.md", "a\nsee /somewhere/else\n")[0])
        self.assertTrue(tidy.machine_paths().search(f"cd {tidy.TOP}/build"))
        self.assertFalse(tidy.machine_paths().search("cd /tmp/x /home/y $HOME/z"))

    def test_what_is_left_to_do_has_an_issue_number(self):
        self.assertIn("issue number", self.words("x.cc", "// TO" + "DO: mend\n")[0])
        self.assertEqual(self.words("x.cc", "// TO" + "DO(#12): mend\n"), [])

    def test_a_lock_file_names_no_host(self):
        self.assertIn("names no host", self.words("a/package-lock.json", '{"resolved": "x"}')[0])

    def test_sources_are_formatted(self):
        with tempfile.TemporaryDirectory(dir=tidy.TOP, prefix="build-tidy-") as folder:  # .clang-format is looked for upwards
            good, bad = pathlib.Path(folder, "good.cc"), pathlib.Path(folder, "bad.cc")
            good.write_text("int a = 1;\n")
            bad.write_text("int  a=1;\n")
            self.assertEqual(list(tidy.check_format([good], fix=False)), [])
            self.assertIn("bad.cc:1: not formatted", list(tidy.check_format([bad], fix=False))[0])
            self.assertEqual(list(tidy.check_format([bad], fix=True)), [])
            self.assertEqual(bad.read_text(), "int a = 1;\n")


if __name__ == "__main__":
    unittest.main()
