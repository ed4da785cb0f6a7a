"""Run the checks, all of them or those that are named, and exit with 1 if there is a problem."""

import sys

from tests.lint import (
    catalog,
    dependencies,
    documents,
    migrations,
    names,
    scripts,
    strings,
    styles,
    templates,
    translations,
)

CHECKS = {
    "names": names.check,
    "templates": templates.check,
    "strings": strings.check,
    "catalog": catalog.check,
    "translations": translations.check,
    "styles": styles.check,
    "scripts": scripts.check,
    "documents": documents.check,
    "dependencies": dependencies.check,
    "migrations": migrations.check,
}


def main(chosen: list[str]) -> int:
    """Print the problems that the chosen checks find; return how many."""
    unknown = sorted(set(chosen) - set(CHECKS))
    if unknown:
        sys.exit(f"There is no check called {', '.join(unknown)}. There are: {', '.join(CHECKS)}.")
    total = 0
    for name in chosen or CHECKS:
        problems = sorted(CHECKS[name]())
        for problem in problems:
            print(problem)
        if problems:
            print(f"{name}: {len(problems)} problem{'s' if len(problems) > 1 else ''}\n")
        total += len(problems)
    return total


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
