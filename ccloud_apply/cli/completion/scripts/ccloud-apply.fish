# Completion of ccloud-apply for fish. What may stand where the cursor is, the program itself says.
# Made by `ccloud-apply completion fish`.

function __ccloud_apply_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~(?=/)' $HOME -- $words[1])
    type -q $program; or set program ccloud-apply # called by an alias
    set -l answer ($program __complete fish $words (commandline -ct) 2>/dev/null)
    test (count $answer) -ge 4; or return
    string join \n -- $answer[5..]
    test -n "$answer[4]"; or return
    for file in (complete -C"'' $answer[3]")
        set -l name (string split -f1 \t -- $file)
        if string match -q -- '*/' $name; or test "$answer[4]" = any
            echo -- $answer[2]$name
            continue
        end
        for ending in (string split ' ' -- $answer[4])
            if test (string sub -s -(string length -- $ending) -- $name) = $ending
                echo -- $answer[2]$name
                break
            end
        end
    end
end

complete -c ccloud-apply -f -k -a '(__ccloud_apply_complete)'
