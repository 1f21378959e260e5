"""From the steps' folders to images, and from images to references that cannot change."""
