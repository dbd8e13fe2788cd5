# Completion of ccloud-apply for bash. What may stand where the cursor is, the program itself says.
# Made by `ccloud-apply completion bash`.

_ccloud_apply() {
    local program=${COMP_WORDS[0]/#\~/$HOME} open endings kept partial value cut
    type -P "$program" >/dev/null || program=ccloud-apply # called by an alias
    COMPREPLY=()
    {
        IFS= read -r open && IFS= read -r kept && IFS= read -r partial && IFS= read -r endings &&
            IFS= read -r cut || return 0
        while IFS= read -r value; do
            COMPREPLY+=("$value")
        done
        [[ -z $open ]] || compopt -o nospace 2>/dev/null
        [[ -z $endings ]] || _ccloud_apply_files "$kept" "$partial" "$endings" "$cut"
    } < <("$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}

# Adds the files whose names begin with $2 and end with one of $3, and folders; $1 stays before them.
# Their first $4 characters are in the line already: bash takes what comes after `:` and `=` for a word.
_ccloud_apply_files() {
    local file ending home=
    compopt -o filenames 2>/dev/null
    [[ $2 != \~/* ]] || home=$HOME/
    while IFS= read -r file; do
        [[ -z $home || $file != "$home"* ]] || file='~'/${file#"$home"}
        if [[ -d ${file/#\~\//$HOME/} ]]; then
            COMPREPLY+=("$1${file:$4}")
            continue
        fi
        for ending in $3; do
            if [[ $ending == any || $file == *"$ending" ]]; then
                COMPREPLY+=("$1${file:$4}")
                break
            fi
        done
    done < <(compgen -f -- "${2/#\~\//$HOME/}")
}

complete -F _ccloud_apply ccloud-apply
