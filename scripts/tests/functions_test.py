"""What scripts/functions.py takes for a function, how long it finds it, and what it complains of."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import functions


def found(text):
    return [(function.name, function.line, function.lines) for function in functions.functions_in("x.cc", text)]


class Functions(unittest.TestCase):
    def test_lines_go_from_the_signature_to_the_closing_brace(self):
        self.assertEqual(found("\n// Why.\nint add(int a,\n        int b) {\n  return a + b;\n}\n"), [("add", 3, 4)])

    def test_functions_lie_in_namespaces_and_classes(self):
        text = ("namespace a::b {\nnamespace {\nclass C final : public Base<int> {\n public:\n  C() : x_{1}, y_(2) {}\n"
                "  ~C() override {\n  }\n\n private:\n  int x_ = 0;\n  int y_{};\n};\n}\nvoid f() {}\n}\n")
        self.assertEqual(found(text), [("C", 5, 1), ("~C", 6, 2), ("f", 14, 1)])

    def test_heads_of_every_kind(self):
        for head, name in {
            "Result<Offset> Log::append(const Batch& batch)": "Log::append",
            "template <typename T>\nstd::map<int, T> made(T from) noexcept": "made",
            "auto f(Options options = {.a = 1}) -> std::vector<int>": "f",
            "bool operator==(const A& a, const A& b)": "operator==",
            "A& operator=(A other)": "operator=",
            "Slice::operator bool() const": "Slice::operator bool",
            "std::size_t operator()(int value) const": "operator()",
            "Partition::Partition(Key key, int b)\n    : key_(std::move(key)), map_{{1, 2}}, b_(b)": "Partition::Partition",
            "struct Shape made(int a)": "made",
            "TEST_F(LogTest, RefusesAGap)": "TEST_F(LogTest, RefusesAGap)",
            "const auto quick = [](int value)": "quick",
            "void Outer<int>::inner()": "Outer<int>::inner",
        }.items():
            with self.subTest(head):
                self.assertEqual([one[0] for one in found(head + " {\n}\n")], [name])

    def test_data_are_no_functions(self):
        text = ("constexpr Row kRows[] = {\n    {1, f(2)},\n};\nenum class E : int { kA, kB };\nstd::array<int, 2> a{1, 2};\n"
                "struct Options {\n  int a = 1;\n  Inner inner = {.b = f()};\n};\nint g() { return 1; }\n")
        self.assertEqual(found(text), [("g", 10, 1)])

    def test_what_is_in_a_function_belongs_to_it(self):
        text = "int f() {\n  const auto g = [] {\n    return 1;\n  };\n  struct S {\n    void h() {}\n  };\n  return g();\n}\n"
        self.assertEqual(found(text), [("f", 1, 9)])

    def test_braces_in_comments_literals_and_directives_do_not_count(self):
        text = ('#define BODY() { \\\n  {\nint f() {  // {\n  const char* a = "{";\n  char b = \'{\';\n  auto c = R"({)";\n'
                '  int d = 1\'000; /* { */\n}\nextern "C" {\nint g() {\n}\n}\n')
        self.assertEqual(found(text), [("f", 3, 6), ("g", 10, 2)])


class Figures(unittest.TestCase):
    def test_percentiles_are_values_that_there_are(self):
        self.assertEqual(functions.percentile(range(1, 11), 90), 9)
        self.assertEqual(functions.percentile([7], 90), 7)
        self.assertEqual(functions.percentile([], 90), 0)


class Complaints(unittest.TestCase):
    def made(self, *lines, file="broker/x.cc"):
        return [functions.Function(file, f"f{number}", 1, length) for number, length in enumerate(lines)]

    def test_a_long_function_is_an_error_in_tests_too(self):
        self.assertEqual(list(functions.complaints_of(self.made(*[5] * 20, 70), {})), [])
        for file in ("broker/x.cc", "broker/x_test.cc"):
            self.assertIn("71 lines; 70 at most", list(functions.complaints_of(self.made(*[5] * 20, 71, file=file), {}))[0])

    def test_a_tenth_may_not_have_25_lines(self):
        self.assertEqual(list(functions.complaints_of(self.made(*[24] * 10), {})), [])
        self.assertIn("25 lines or more", list(functions.complaints_of(self.made(*[5] * 17, 25, 25, 25), {}))[0])

    def test_tables_do_not_count_but_have_to_be_there(self):
        self.assertEqual(list(functions.complaints_of(self.made(5, 300), {"broker/*.cc:f1": "a table"})), [])
        self.assertIn("which there is not", list(functions.complaints_of(self.made(5), {"broker/x.cc:f1": "a table"}))[0])


if __name__ == "__main__":
    unittest.main()
