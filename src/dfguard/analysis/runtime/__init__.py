"""The program that the image starts: process and files in, what it needs and does not find out."""
