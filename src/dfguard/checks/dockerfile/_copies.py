"""What the rules about COPY and ADD share: which file names are archives that ADD unpacks."""

ARCHIVES = tuple(".tar .Z .bz2 .gz .lz .lzma .tZ .tb2 .tbz .tbz2 .tgz .tlz .tpz .txz .xz".split())
