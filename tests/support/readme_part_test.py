#!/usr/bin/env python3
import unittest

from readme_part import NoPlace, with_part

TEXT = "before\n<!-- a: begin -->\nold\nrows\n<!-- a: end -->\nbetween\n<!-- b: begin -->\n<!-- b: end -->\nafter\n"


class ReadmePartTest(unittest.TestCase):
    def test_only_the_part_of_that_name_is_written_anew(self):
        self.assertEqual(with_part(TEXT, "a", "new"),
                         TEXT.replace("old\nrows", "new"))
        self.assertEqual(with_part(TEXT, "b", r"\1"), TEXT.replace("b: begin -->\n", "b: begin -->\n\\1\n"))

    def test_a_text_without_it_or_with_two_is_refused(self):
        for text in ("", TEXT.replace("<!-- a: end -->", ""), TEXT + TEXT):
            with self.assertRaises(NoPlace):
                with_part(text, "a", "new")


if __name__ == "__main__":
    unittest.main()
