#!/usr/bin/python3
"""Include arrows point down: services → platform → base. A service reaches another only through its contract header
<service>/<service>.h; rules.c sees nothing that does I/O; malloc and free stay in base/ and platform/."""
import re

from source import SERVICES, code_only, files, finish, line_of, name, without_comments

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
HEAP = re.compile(r"\b(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf)\s*\(")
# What pure rules may include of the platform: shapes describe data, token.h and image.h name roles and limits.
PURE = {"platform/json/fields.h", "platform/auth/token.h", "platform/auth/password.h"}
# Files of services/ that belong to no service: the table of all of them, health, the ticker.
SHARED = "shared"


def layer(path):
    """("base" | "platform" | "services" | "top", service or None) of a path below src/."""
    parts = path.split("/")
    if parts[0] == "services":
        return "services", parts[1] if len(parts) > 2 and parts[1] in SERVICES else SHARED
    return (parts[0], None) if parts[0] in ("base", "platform") else ("top", None)


def is_rules(path):
    return re.search(r"(^|/)rules(_\w+)?\.[ch]$", path) is not None


def wrong_include(here, target):
    """Why the file `here` may not include `target` (both below src/), or None."""
    (own, service), (other, other_service) = layer(here), layer(target)
    order = ("base", "platform", "services", "top")
    if order.index(other) > order.index(own) and "/" in target:
        return f"{own} may not include {other}"
    if is_rules(here) and other == "platform" and target not in PURE:
        return "rules are pure: no I/O headers"
    if own == other == "services" and SHARED not in (service, other_service) and service != other_service:
        if target != f"services/{other_service}/{other_service}.h":
            return f"{service} reaches {other_service} only through services/{other_service}/{other_service}.h"
    return None


def main():
    problems = []
    for path in files("*.c", "*.h"):
        here = name(path)[len("src/"):]
        text = path.read_text()
        for match in INCLUDE.finditer(without_comments(text)):
            target = match.group(1)
            why = wrong_include(here, target)
            if why:
                problems.append(f"src/{here}:{line_of(text, match.start(1))}: {target}: {why}")
        if layer(here)[0] in ("services", "top"):
            for match in HEAP.finditer(code_only(text)):
                problems.append(f"src/{here}:{line_of(text, match.start())}: {match.group(1)} belongs to base/ and platform/")
    finish(problems, "layers")


if __name__ == "__main__":
    main()
