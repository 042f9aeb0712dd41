"""What people see in a browser: an image, all images, a build with its log. HTML, no script."""
