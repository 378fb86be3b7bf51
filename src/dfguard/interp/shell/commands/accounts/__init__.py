"""useradd and its like in, the users, groups and home directories after them out."""
