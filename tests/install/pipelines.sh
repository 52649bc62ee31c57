#!/usr/bin/env bash
# The action of GitHub, the template of GitLab and what `casehard init` writes: valid, and their shell steps run.
# Ends with status 3 where the tools for that cannot be had.
. "$(dirname "$0")/tools.sh"
built=$(wheel)
tools check-jsonschema pipx
python3 -m venv "$scratch/python" && "$scratch/python/bin/pip" install --quiet --no-index "$built"
casehard=$scratch/python/bin/casehard

# The lines that a step runs. Usage: steps FILE KEY…, through which the steps are found.
steps() {
    python3 - "$@" <<'END'
import sys
from ruamel.yaml import YAML
at = YAML(typ="safe").load(open(sys.argv[1]))
for key in sys.argv[2:]:
    at = at[int(key) if key.isdigit() else key]
print(at if isinstance(at, str) else "\n".join(at))
END
}

begins() { # folder
    mkdir -p "$1/deploy" && cd "$1" && git init --quiet
    printf '%s' "$weak" >deploy/compose.yaml
}

begins "$scratch/work"
ends 0 "$casehard" init --ci github
ends 0 "$casehard" init --ci gitlab
ends 0 check-jsonschema --builtin-schema vendor.github-actions "$root/action.yml"
ends 0 check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/casehard.yml
ends 0 check-jsonschema --builtin-schema vendor.gitlab-ci .gitlab-ci.yml .gitlab/casehard.gitlab-ci.yml
cmp .gitlab/casehard.gitlab-ci.yml "$root/docs/gitlab/casehard.gitlab-ci.yml"

# What runners set; the wheel lies in a folder beside PyPI.
export RUNNER_TEMP=$scratch/runner GITHUB_OUTPUT=$scratch/output GITHUB_STEP_SUMMARY=$scratch/summary
export PIP_FIND_LINKS=$(dirname "$built")
mkdir "$RUNNER_TEMP"
step() { bash --noprofile --norc -eo pipefail -c "$1"; }

action=$root/action.yml
INSTALL=$(steps "$action" inputs install default) ends 0 step "$(steps "$action" runs steps 0 run)"
check=$(steps "$action" runs steps 1 run)
export PATHS ARGS SARIF_FILE
PATHS=. ARGS=$(steps "$action" inputs args default) SARIF_FILE=casehard.sarif
ends 1 step "$check"
says "::error"
says "file=deploy/compose.yaml"
grep -q "privileged" casehard.sarif || fails "the report for code scanning is empty"
grep -q "sarif-file=casehard.sarif" "$GITHUB_OUTPUT" || fails "the output is missing"
grep -q "privileged" "$GITHUB_STEP_SUMMARY" || fails "the summary is empty"
rm casehard.sarif
# More paths and arguments than one; none of them is taken for code.
PATHS='deploy $(touch${IFS}taken)' ARGS='--rule root-group --exit-zero' SARIF_FILE=
ends 2 step "$check"
[ ! -e taken ] || fails "an input was taken for code"
PATHS=$'deploy\n.github\n' ends 0 step "$check"
[ ! -e casehard.sarif ] || fails "a report that nobody wanted"

if pipx --version >/dev/null 2>&1; then
    export PIPX_HOME=$scratch/pipx PIPX_DEFAULT_BACKEND=pip
    ends 1 step "$(steps .github/workflows/casehard.yml jobs casehard steps 1 run)"
    says "::error"
    [ -s casehard.sarif ] || fails "the workflow left no report"
fi

# GitLab's runner joins the lines of a script in one shell, in a container: here an environment of Python's.
template=.gitlab/casehard.gitlab-ci.yml
for name in CASEHARD_VERSION CASEHARD_PATHS CASEHARD_ARGS; do
    export "$name=$(steps "$template" variables "$name")"
done
python3 -m venv "$scratch/gitlab"
PATH=$scratch/gitlab/bin:$PATH ends 1 sh -ec "$(steps "$template" casehard script)"
says privileged
python3 -m json.tool gl-code-quality-report.json >/dev/null
python3 -c 'import sys, xml.dom.minidom as it; it.parse(sys.argv[1])' casehard.junit.xml
echo "install: the pipelines work"
