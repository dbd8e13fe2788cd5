#compdef ccloud-apply
# Completion of ccloud-apply for zsh. What may stand where the cursor is, the program itself says.
# Made by `ccloud-apply completion zsh`.

_ccloud_apply() {
    local program=${(Q)words[1]} ending line
    local -a asked answer values open
    (( $+commands[$program] )) || [[ -x ${program/#\~/$HOME} ]] || program=ccloud-apply # an alias
    asked=("${(@Q)words[1,CURRENT-1]}" "${(Q)IPREFIX}${(Q)PREFIX}")
    answer=("${(@f)$(${program/#\~/$HOME} __complete zsh "${asked[@]}" 2>/dev/null)}")
    (( $#answer >= 4 )) || return 1

    [[ -z $answer[1] ]] || open=(-S '')
    for line in "${(@)answer[5,-1]}"; do
        values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( $#values )); then
        _describe -V value values -Q "${open[@]}" && return 0
    fi
    [[ -n $answer[4] ]] || return 1

    [[ -z $answer[2] ]] || compset -P "${(b)answer[2]}"
    if [[ $answer[4] == any ]]; then
        _files
    elif [[ $answer[4] == / ]]; then
        _files -/
    else
        ending=${(j:|:)${(b)${(s: :)answer[4]}}}
        _files -g "*(${~ending})(-.)"
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _ccloud_apply "$@" # a file of fpath
else
    compdef _ccloud_apply ccloud-apply
fi
