"""What BuildKit takes for white space, which is not what Python takes for it."""

from __future__ import annotations

import re

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""Go's unicode.IsSpace: Python's str.strip() would also take U+001C to U+001F."""

BLANKS = re.compile(r"[\t\v\f\r ]+")
"""What separates keyword, arguments and legacy pairs (reWhitespace of parser.go@73ed6825)."""
