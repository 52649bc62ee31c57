#!/usr/bin/env bash
# The hooks of `.pre-commit-hooks.yaml`, and the one that `casehard init --hook` writes, in the real pre-commit.
# Ends with status 3 where that cannot be had.
. "$(dirname "$0")/tools.sh"
command -v git >/dev/null || lacks "git"
built=$(wheel)
tools pre-commit

# pre-commit builds the hooks' repository by pip: as the tests build the program.
export PRE_COMMIT_HOME=$scratch/pre-commit MATURIN_PEP517_ARGS="--profile dev"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com

# A repository of the hooks as they lie here, committed or not.
mkdir "$scratch/hooks" && cd "$scratch/hooks"
git -C "$root" ls-files -z --cached --others --exclude-standard -- . ':!golden' ':!tests' ':!benches' \
    | (cd "$root" && xargs -0 cp --parents -t "$scratch/hooks")
sed -i '/^\[\[bench\]\]/,/^$/d' Cargo.toml
git init --quiet && git add --all && git commit --quiet --message hooks
revision=$(git rev-parse HEAD)

begins() { # folder
    mkdir "$1" && cd "$1" && git init --quiet
    printf '%s' "$weak" >compose.yaml
    printf 'on: push\njobs: {}\n' >unrelated.yaml
    printf '{"name": "unrelated"}\n' >package.json
}

# Expects the hook of an id to pass, or not, over files that pre-commit hands over.
hook() { # status id file…
    local status=$1 id=$2
    shift 2
    ends "$status" pre-commit run "$id" --files "$@"
}

ends 0 pre-commit validate-manifest "$root/.pre-commit-hooks.yaml"
begins "$scratch/work"
cat >.pre-commit-config.yaml <<END
repos:
  - repo: file://$scratch/hooks
    rev: $revision
    hooks:
      - id: casehard
      - id: casehard-fix
        stages: [manual]
END
git add --all
hook 0 casehard unrelated.yaml package.json .pre-commit-config.yaml
hook 1 casehard compose.yaml unrelated.yaml
says privileged
# What is excluded stays so, although pre-commit names it.
printf 'exclude = ["compose.yaml"]\n' >casehard.toml
hook 0 casehard compose.yaml
rm casehard.toml

ends 1 pre-commit run casehard-fix --hook-stage manual --files compose.yaml unrelated.yaml
says "files were modified by this hook"
git diff --quiet -- unrelated.yaml || fails "the fix wrote to what is none of ours"
git diff --quiet -- compose.yaml && fails "the fix wrote nothing"
ends 0 pre-commit run casehard-fix --hook-stage manual --files compose.yaml
python3 -m venv "$scratch/python" && "$scratch/python/bin/pip" install --quiet --no-index "$built"
casehard=$scratch/python/bin/casehard
ends 0 "$casehard" fix --yes --confidence risky compose.yaml
sed -i '/privileged:/d' compose.yaml
hook 0 casehard compose.yaml unrelated.yaml

# The hook of `casehard init` takes the wheel by its name and version: here from a folder beside PyPI.
export PIP_FIND_LINKS=$(dirname "$built")
begins "$scratch/own"
ends 0 "$casehard" init --hook
git add --all
hook 1 casehard compose.yaml unrelated.yaml
says privileged
hook 0 casehard unrelated.yaml package.json
ends 0 pre-commit install
git add --all
ends 1 git commit --quiet --message weak
says privileged
echo "install: the hooks work"
