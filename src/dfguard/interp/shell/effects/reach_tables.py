"""The programs that write only where their arguments say, and the folders that package tools write to: data for `reach`."""

from __future__ import annotations

from functools import cache

from dfguard.core.record import Record


class WriteReach(Record):
    """What one program, or one of its verbs, may write.

    `options` are those that take a value, as `getopt.parse` wants them. `into` names the options (by their first
    spelling) that say where it writes instead of the `usual` folders, `also` those that name something it writes besides;
    `operands` says which operands are written (`all`, `first`, `last`: only of two or more), the first `skips` left out
    (the verb). `always` is written in any case. `is_open`: it runs code that may write anywhere.

    Folders: absolute, relative to where it runs, `~` for HOME, `$NAME` and `$NAME/…` for what a variable says, `@tool` and `@path` for
    the installation of the program itself and of those that PATH names.
    """

    options: str = ""
    into: str = ""
    also: str = ""
    operands: str = ""
    skips: int = 1
    usual: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    is_open: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SYSTEM = _words("/usr /etc /var /bin /sbin /lib /lib32 /lib64 /libx32 /opt /run /srv /boot /media /mnt /home")
"""Where packages of a distribution put files: the Filesystem Hierarchy Standard 3.0."""
_SYSTEM_AND_TMP = (*SYSTEM, "/tmp")  # noqa: S108  a folder of the image
PYTHON = _words(
    "/usr/local /usr/lib /usr/share /usr/etc /usr/bin /opt /root/.local /home ~/.local @tool @path $VIRTUAL_ENV "
    "$CONDA_PREFIX $PIP_PREFIX $PIP_TARGET $PIP_ROOT $PYTHONUSERBASE"
)
CACHES = _words("~/.cache /root/.cache /tmp /var/tmp $PIP_CACHE_DIR $UV_CACHE_DIR $XDG_CACHE_HOME")
PIP = (
    "r=,requirement= c=,constraint=,constraints= e=,editable= t=,target= i=,index-url= extra-index-url= f=,find-links= "
    "prefix= root= src= platform= python-version= python-platform= implementation= abi= only-binary= no-binary= "
    "config-settings=,config-setting= C= global-option= progress-bar= trusted-host= cache-dir= timeout= retries= proxy= "
    "cert= client-cert= log= root-user-action= upgrade-strategy= exists-action= use-feature= use-deprecated= python=,p= "
    "index= default-index= index-strategy= torch-backend= link-mode= override=,overrides= extra= group= exclude-newer= "
    "P=,upgrade-package= reinstall-package= no-build-package= no-binary-package= keyring-provider= resolution= prerelease= "
    "fork-strategy= report= w=,wheel-dir= d=,dest= o=,output-file= build-constraint=,build-constraints=,b= "
    "directory= project= config-file= color= allow-insecure-host= refresh-package= uploaded-prior-to= excludes="
)
"""The options of pip 25 and `uv pip` that take a value: https://pip.pypa.io/en/stable/cli/, docs.astral.sh/uv/reference/cli."""
UV = (
    f"{PIP} prompt= package= only-group= no-group= no-extra= out-dir= with= with-editable= with-requirements= env-file= "
    "script= no-install-package= bounds= rev= tag= branch= build-backend= description= author-from= name= vcs= format= "
    "prune= no-emit-package= install-dir= mirror= pypy-mirror= from= module="
)
_POETRY = (
    "C=,directory= P=,project= only= with= without= E=,extras= extra= G=,group= e=,editable= python= allow-prereleases "
    "source= platform= o=,output= f=,format= name= description= author= dependency= dev-dependency= l=,license= readme="
)
NPM = (
    "prefix= C= cache= userconfig= registry= omit= include= only= loglevel= w=,workspace= location= install-strategy= "
    "fetch-retries= fetch-timeout= maxsockets= network-timeout= cwd= cache-folder= modules-folder= global-folder= "
    "prefer= dir= F=,filter= filter-prod= store-dir= modules-dir= virtual-store-dir= lockfile-dir= global-dir= "
    "global-bin-dir= node-linker= reporter= mutex= pack-destination="
)
_NODE = (
    *_words(
        "/usr/local /usr/lib /usr/bin /opt ~/.npm ~/.cache ~/.config ~/.local ~/.yarn ~/.node ~/.pnpm-store /tmp"
    ),
    "@path",
    "$PNPM_HOME",
    "$NPM_CONFIG_PREFIX",
    "$npm_config_cache",
    "$COREPACK_HOME",
)
_CONDA = (
    "n=,name= p=,prefix= c=,channel= f=,file= solver= r=,root-prefix= rc-file= platform= subdir= repodata-fn= clone= "
    "add= append= prepend= set= remove= get="
)
_SYSTEM_TOOL = (
    "o=,option= c=,config-file= t=,target-release= X=,repository= repositories-file= keys-dir= arch= virtual= root=,p= "
    "setopt= enablerepo= disablerepo= releasever= installroot= downloaddir=,destdir= r= b=,dbpath= cachedir=,cache-dir= "
    "R= D= d= reposd-dir= from= output= a= exclude= x="
)
_GO = "o= C= p= tags= ldflags= gcflags= asmflags= mod= modfile= overlay= pkgdir= toolexec= trimpath buildmode= compiler="
_GO_CACHES = _words(
    "$GOPATH/src $GOPATH/pkg $GOPATH/bin $GOBIN $GOCACHE $GOMODCACHE /go ~/go ~/.cache /usr/local/go /tmp"
)
_CARGO = (
    "root= git= tag= branch= rev= path= version= vers= registry= index= features= F= target= target-dir= profile= "
    "config= Z= color= j=,jobs= manifest-path= name= vcs= edition="
)
_CARGO_FOLDERS = _words("$CARGO_HOME /usr/local/cargo ~/.cargo /tmp")
_GEM = "i=,install-dir= n=,bindir= v=,version= s=,source= P= platform= o=,output= C= p= document= build-root="
_VENV = (
    "prompt= p=,python= app-data= seeder= pip= setuptools= wheel= creator= activators= extra-search-dir= discovery= "
    "try-first-with= without-scm-ignore-files"
)
_PLAIN_ENVIRONMENTS = (
    *PYTHON,
    *CACHES,
    *_words(
        "~/.config ~/.local ~/.poetry ~/.venv $POETRY_HOME $POETRY_CACHE_DIR $POETRY_VIRTUALENVS_PATH $WORKON_HOME"
    ),
    *_words(
        "$PIPX_HOME $PIPX_BIN_DIR $PIPENV_CUSTOM_VENV_NAME $PDM_CACHE_DIR $UV_PYTHON_INSTALL_DIR $UV_TOOL_DIR"
    ),
    *_words("$UV_TOOL_BIN_DIR $UV_PROJECT_ENVIRONMENT"),
)
_NOTHING = WriteReach()
_ROWS: dict[str, WriteReach] = {
    "pip install": WriteReach(
        PIP, into="t prefix root", also="src log report cache-dir python", usual=PYTHON, always=CACHES
    ),
    "pip wheel": WriteReach(PIP, into="w", also="src log cache-dir", usual=(".",), always=CACHES),
    "pip download": WriteReach(PIP, into="d", also="src log cache-dir", usual=(".",), always=CACHES),
    "pip compile": WriteReach(PIP, also="o cache-dir", always=CACHES),
    "pip lock": WriteReach(PIP, also="o cache-dir", usual=(".",), always=CACHES),
    "pip sync": WriteReach(PIP, into="t prefix root", also="cache-dir python", usual=PYTHON, always=CACHES),
    "pip *": WriteReach(PIP, also="log", always=("~/.config", "~/.pip", "/etc", "~/.cache")),
    "uv venv": WriteReach(
        UV, operands="first", usual=(".venv", "$UV_PROJECT_ENVIRONMENT"), always=_PLAIN_ENVIRONMENTS
    ),
    "uv build": WriteReach(UV, into="o out-dir", usual=("dist",), always=CACHES),
    "uv export": WriteReach(UV, also="o", always=_PLAIN_ENVIRONMENTS),
    "uv init": WriteReach(UV, operands="first", usual=(".",)),
    "uv python": WriteReach(UV, also="install-dir i", always=("/usr/local/bin", *_PLAIN_ENVIRONMENTS)),
    "uv tool": WriteReach(UV, always=("/usr/local/bin", *_PLAIN_ENVIRONMENTS)),
    "uv *": WriteReach(UV, always=(".venv", "uv.lock", *_PLAIN_ENVIRONMENTS)),
    "venv": WriteReach(_VENV, operands="all", skips=0),
    "virtualenv": WriteReach(_VENV, operands="all", skips=0, always=CACHES),
    "poetry export": WriteReach(_POETRY, also="o", always=_PLAIN_ENVIRONMENTS),
    "poetry build": WriteReach(_POETRY, into="o", usual=("dist",), always=_PLAIN_ENVIRONMENTS, is_open=True),
    "poetry new": WriteReach(_POETRY, operands="all", always=_PLAIN_ENVIRONMENTS),
    "poetry *": WriteReach(_POETRY, always=(".venv", "poetry.lock", "poetry.toml", *_PLAIN_ENVIRONMENTS)),
    "pipenv requirements": WriteReach("", always=_PLAIN_ENVIRONMENTS),
    "pipenv *": WriteReach("p=,python= r= e= i=", always=(".venv", "Pipfile.lock", *_PLAIN_ENVIRONMENTS)),
    "pdm export": WriteReach(f"{_POETRY} p=", also="o", always=_PLAIN_ENVIRONMENTS),
    "pdm *": WriteReach(
        f"{_POETRY} p=", always=(".venv", "__pypackages__", "pdm.lock", ".pdm-python", *_PLAIN_ENVIRONMENTS)
    ),
    "pipx *": WriteReach(
        "python= pip-args= spec= suffix= index-url=", always=("/usr/local/bin", *_PLAIN_ENVIRONMENTS)
    ),
    "easy_install": WriteReach(
        "d=,install-dir= prefix= s=,script-dir=", also="d s prefix", usual=PYTHON, always=CACHES
    ),
    "conda *": WriteReach(
        _CONDA,
        also="p r",
        always=(
            *_words(
                "/opt /root /usr/local /home ~ @tool @path $CONDA_DIR $CONDA_PREFIX $MAMBA_ROOT_PREFIX $CONDA_ROOT"
            ),
            *_words("$CONDA_ENVS_PATH $CONDA_ENVS_DIRS $CONDA_PKGS_DIRS /tmp /etc/conda"),
        ),
    ),
    "npm install": WriteReach(NPM, also="prefix C cache", always=(".", *_NODE)),
    "npm config": WriteReach(NPM, also="prefix C", always=(".npmrc", *_NODE)),
    "npm cache": WriteReach(NPM, also="cache", always=_NODE),
    "npm pack": WriteReach(NPM, also="pack-destination", always=(".", *_NODE), is_open=True),
    "npm *": WriteReach(NPM, also="prefix C cache", always=(".", *_NODE), is_open=True),
    "yarn install": WriteReach(
        NPM, also="cwd cache-folder modules-folder global-folder prefix", always=(".", *_NODE)
    ),
    "yarn config": WriteReach(NPM, also="cwd", always=(".yarnrc", ".yarnrc.yml", *_NODE)),
    "yarn *": WriteReach(
        NPM, also="cwd cache-folder modules-folder prefix", always=(".", *_NODE), is_open=True
    ),
    "pnpm install": WriteReach(
        NPM,
        also="C dir store-dir modules-dir virtual-store-dir lockfile-dir global-dir global-bin-dir prefix",
        always=(".", "/pnpm", "~/.pnpm", *_NODE),
    ),
    "pnpm config": WriteReach(NPM, also="C dir", always=(".npmrc", *_NODE)),
    "pnpm deploy": WriteReach(
        NPM, also="C dir store-dir", operands="all", always=(".", "/pnpm", *_NODE), is_open=True
    ),
    "pnpm *": WriteReach(NPM, also="C dir store-dir prefix", always=(".", "/pnpm", *_NODE), is_open=True),
    "corepack": WriteReach(
        "install-directory= o=,output=", also="install-directory o", always=_NODE, skips=0
    ),
    "gem install": WriteReach(
        _GEM,
        also="i n build-root",
        always=("/usr", "/var/lib/gems", "/opt", "~/.gem", "~/.local", "$GEM_HOME", "@path"),
    ),
    "gem build": WriteReach(_GEM, into="o", usual=(".",)),
    "gem *": WriteReach(
        _GEM, also="i n", always=("/usr", "/var/lib/gems", "~/.gem", "~/.local", "$GEM_HOME", "@path")
    ),
    "cargo install": WriteReach(_CARGO, also="root target-dir", always=_CARGO_FOLDERS),
    "cargo fetch": WriteReach(_CARGO, always=("Cargo.lock", *_CARGO_FOLDERS)),
    "cargo vendor": WriteReach(
        _CARGO, operands="first", usual=("vendor",), always=("Cargo.lock", *_CARGO_FOLDERS)
    ),
    "cargo init": WriteReach(_CARGO, operands="first", usual=(".",)),
    "cargo new": WriteReach(_CARGO, operands="all"),
    "cargo *": WriteReach(_CARGO, also="target-dir", always=(".", *_CARGO_FOLDERS), is_open=True),
    "go build": WriteReach(_GO, also="o C", always=(".", *_GO_CACHES)),
    "go install": WriteReach(_GO, also="C", always=("@path", *_GO_CACHES)),
    "go get": WriteReach(_GO, also="C", always=(".", *_GO_CACHES)),
    "go mod": WriteReach(f"{_GO} require= replace= module=", also="o C", always=(".", *_GO_CACHES)),
    "go work": WriteReach(_GO, also="o C", always=(".", *_GO_CACHES)),
    "go env": WriteReach(_GO, always=("~/.config", *_GO_CACHES)),
    "go clean": _NOTHING,
    "go version": _NOTHING,
    "go vet": WriteReach(_GO, always=_GO_CACHES),
    "go list": WriteReach(_GO, always=_GO_CACHES),
    "go fmt": WriteReach(_GO, always=(".",)),
    "go *": WriteReach(_GO, also="o C", always=(".", *_GO_CACHES), is_open=True),
    **{
        f"{tool} *": WriteReach(
            _SYSTEM_TOOL,
            also="root installroot downloaddir cachedir b r R d D reposd-dir",
            always=_SYSTEM_AND_TMP,
        )
        for tool in ("apt-get", "apt", "aptitude", "dnf", "yum", "microdnf", "tdnf", "zypper", "pacman")
    },
    "apk fetch": WriteReach(
        f"{_SYSTEM_TOOL} o=,output=", into="o", also="root", usual=(".",), always=_SYSTEM_AND_TMP
    ),
    "apk *": WriteReach(_SYSTEM_TOOL, also="root cachedir", always=_SYSTEM_AND_TMP),
    "apt-get download": WriteReach(_SYSTEM_TOOL, always=(".", *SYSTEM)),
    "apt-get source": WriteReach(_SYSTEM_TOOL, always=(".", *SYSTEM)),
    "apt download": WriteReach(_SYSTEM_TOOL, always=(".", *SYSTEM)),
    **{
        f"{tool} *": WriteReach("", always=SYSTEM)
        for tool in (
            *_words("apt-mark add-apt-repository apt-key ldconfig dpkg-reconfigure locale-gen localedef"),
            *_words(
                "update-ca-certificates update-ca-trust update-initramfs update-locale update-rc.d make-ssl-cert"
            ),
            *_words(
                "a2disconf a2dismod a2dissite a2enconf a2enmod a2ensite phpenmod phpdismod systemctl service"
            ),
            *_words("docker-php-ext-install docker-php-ext-enable docker-php-ext-configure pecl pear phpize"),
            *_words(
                "rc-update rc-service openrc initctl authselect alternatives subscription-manager dpkg-divert"
            ),
        )
    },
    **dict.fromkeys(("gpg", "gpg2", "gpgconf"), WriteReach(always=("~/.gnupg", "$GNUPGHOME"))),
    **{
        f"{tool} *": WriteReach(
            "cache-dir= local-dir= include= exclude= revision= repo-type= token= max-workers= local-dir-use-symlinks= "
            "etag-timeout= commit-message=",
            also="cache-dir local-dir",
            always=_words(
                "~/.cache $HF_HOME $HF_HUB_CACHE $HUGGINGFACE_HUB_CACHE $HF_XET_CACHE $XDG_CACHE_HOME"
            ),
        )
        for tool in ("hf", "huggingface-cli")
    },
    "ssh-keygen": WriteReach(always=("/etc/ssh", "~/.ssh")),
    "ccache": WriteReach(always=("~/.ccache", "~/.cache", "$CCACHE_DIR")),
    "fc-cache": WriteReach(always=("/var/cache", "~/.cache", "/usr")),
    "keytool": WriteReach(always=("~/.keystore",)),
    "update-alternatives *": WriteReach("slave=", operands="all", skips=0, always=SYSTEM),
}


@cache
def row(tool: str, verb: str) -> WriteReach | None:
    """The row of a tool's verb, of the tool with any verb, of the tool alone; None when no row speaks of it."""
    return _ROWS.get(f"{tool} {verb}") or _ROWS.get(f"{tool} *") or _ROWS.get(tool)


def rows() -> dict[str, WriteReach]:
    """All rows by tool and verb (`pip install`, `uv *` for any other verb, `corepack` for one without)."""
    return dict(_ROWS)


def tools() -> frozenset[str]:
    """The tools that have a row."""
    return frozenset(key.partition(" ")[0] for key in _ROWS)


LANGUAGES = frozenset(
    "pip pip3 pipx uv poetry pipenv pdm easy_install npm yarn pnpm corepack gem bundle".split()
)
"""Package managers of languages, which install no programs of the distribution."""
TENDS = frozenset(
    """
    ldconfig dpkg-reconfigure locale-gen localedef update-ca-certificates update-locale update-rc.d make-ssl-cert a2disconf a2dismod
    a2dissite a2enconf a2enmod a2ensite phpenmod phpdismod fc-cache
    """.split()
)
"""Programs that tend what is installed: they bring no program, no library, no account."""


HARMLESS = frozenset(
    _words(
        "apropos apt-cache apt-config b2sum base32 base64 bc blkid cal chrt chsh cksum cmp column comm df diff dig dircolors "
        "dmesg dpkg-query du expand expr factor file fmt fold free getcap getconf getopt groups hash hexdump host hostid "
        "identify ifconfig infocmp ip iptables join kill killall last ldd less locale logger logname lsattr lsb_release lsblk "
        "lscpu lsmod lsof lspci lsusb md5sum more netstat nm nslookup numfmt nvidia-smi objdump od paste pathchk pgrep pidof "
        "ping pkg-config pkgconf pkill pldd pmap pr ps pstree readelf renice rocm-smi rpmquery sha1sum sha224sum sha256sum "
        "sha384sum sha512sum shasum size ss strings stty sum sysctl traceroute tsort tty tzselect unexpand uptime users "
        "uuidgen vmstat w whereis who"
    )
)
"""Programs that make no file, whatever they are told; what they print goes where the shell sends it."""
NAMED = frozenset(
    _words(
        "ar as brotli c++ c89 c99 cc ccache chattr chcon clang clang++ convert cpp csplit crudini dos2unix envsubst ffmpeg "
        "ffprobe g++ gcc gettext gfortran gpg gpg2 gpgv htpasswd iconv jar javac jq keytool ld lzma mkpasswd msgfmt nasm nvcc "
        "objcopy openssl patch pigz pzstd qemu-img ranlib setcap setfacl getfacl shuf split sponge ssh-keygen "
        "ssh-keyscan strip unix2dos unzstd xmlstarlet xsltproc xxd yasm yq zstd"
    )
)
"""Programs that write only the files their arguments name, files beside those, and where they stand."""
