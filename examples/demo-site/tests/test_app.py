"""The site's unit tests: PYTHONPATH=src python3 -m unittest discover -s tests -v."""

import unittest

import app


class SiteTest(unittest.TestCase):
    def setUp(self):
        self.client = app.app.test_client()

    def test_the_page_names_the_version_that_it_is(self):
        response = self.client.get("/")
        self.assertEqual(200, response.status_code)
        self.assertIn(app.VERSION, response.text)
        self.assertIn(app.COMMIT[:7], response.text)

    def test_the_version_can_be_asked_for(self):
        answer = self.client.get("/version").get_json()
        self.assertEqual((app.VERSION, app.COMMIT), (answer["version"], answer["commit"]))

    def test_it_is_healthy(self):
        response = self.client.get("/health")
        self.assertEqual({"status": "ok", "version": app.VERSION}, response.get_json())

    def test_a_page_that_is_not_there(self):
        self.assertEqual(404, self.client.get("/nowhere").status_code)

    def test_a_version_keeps_its_colour(self):
        self.assertEqual(app.hue("8bd01e2"), app.hue("8bd01e2"))
        self.assertNotEqual(app.hue("8bd01e2"), app.hue("3f2a1c9"))


if __name__ == "__main__":
    unittest.main()
