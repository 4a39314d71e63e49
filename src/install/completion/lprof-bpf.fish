# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of lprof-bpf for fish. Which verbs, options and words there are is asked of the program (--list-options);
# here is only how values are found.

# The words before the cursor, without the program; the word being typed is not among them.
function __lprof_bpf_words
    set -l words (commandline -opc)
    set -e words[1]
    string join \n -- $words
end

function __lprof_bpf_after_dashes
    contains -- -- (__lprof_bpf_words)
end

# The verb that was given, or "profile".
function __lprof_bpf_verb
    for word in (__lprof_bpf_words)
        if contains -- $word $__lprof_bpf_verbs
            echo $word
            return
        end
    end
    echo profile
end

# Whether an option is for the verb that was given; the arguments are the verbs it is for.
function __lprof_bpf_is_for
    not __lprof_bpf_after_dashes; and contains -- (__lprof_bpf_verb) $argv
end

# The value of an option given as -L VALUE, --NAME VALUE or --NAME=VALUE.
function __lprof_bpf_value_of -a letter name
    set -l before
    for word in (__lprof_bpf_words)
        if contains -- "$before" $letter $name
            echo $word
            return
        end
        if string match -q -- "$name=*" $word
            string replace -- "$name=" '' $word
            return
        end
        set before $word
    end
end

# list ARGUMENT...: names of functions, one a line; quickly or not at all
function __lprof_bpf_list
    timeout 2 lprof-bpf list $argv 2>/dev/null </dev/null | string replace -r '  .*' '' | sort -u | head -n 500
end

# Names that begin with the word being typed, which may be FILE:NAME. The program itself comes first, as it does for -f.
# A command behind the cursor is not known here: fish does not tell.
function __lprof_bpf_functions
    set -l prefix (commandline -ct | string replace -r -- '^--function=' '' | string unescape)
    set -l file (__lprof_bpf_value_of -x --object | string replace -r '^~/' "$HOME/")
    set -l pid (__lprof_bpf_value_of -p --pid | string split -f1 ,)
    set -l in (string match -r -g -- '^([^:]+:)(?:[^:].*)?$' "$prefix"; or echo)
    set -l names
    string match -qr -- '^[/-]|[*?[]' "$prefix"; and return
    if test -n "$file"
        set names (__lprof_bpf_list -x $file "$prefix*")
    else if test -n "$pid"
        set names (__lprof_bpf_list -x /proc/$pid/exe "$prefix*")
        test -n "$names"; or set names (__lprof_bpf_list -p $pid "$prefix*")
    end
    test -n "$names"; and printf '%s\n' $in$names
end

# Processes that are not the kernel's, behind those that were typed already.
function __lprof_bpf_pids
    set -l given (commandline -ct | string replace -r -- '^--pid=' '' | string match -r '.*,')
    env LC_ALL=C ps -A -o pid=,ppid=,comm= 2>/dev/null | while read -l id parent name
        test $id = 2 -o $parent = 2; or printf '%s\t%s\n' "$given$id" $name
    end
end

function __lprof_bpf_command
    set -l words (__lprof_bpf_words)
    set -l at (contains -i -- -- $words)
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

# What a value is called says what it may be.
function __lprof_bpf_describe -a name letter value words verbs help
    set -l verbs (string split -n , -- $verbs)
    set -l option -l (string replace -- -- '' $name) -d $help -n "__lprof_bpf_is_for $verbs"
    test $letter = -; or set -a option -s (string replace -- - '' $letter)
    switch "$name:$value"
        case '*:-'
        case '*:FILE'
            set -a option -r -F
        case '*:PID*'
            set -a option -x -a '(__lprof_bpf_pids)'
        case '*:FUNC'
            set -a option -x -a '(__lprof_bpf_functions)'
        case '--user:*'
            set -a option -x -a '(__fish_complete_users)'
        case '*'
            set -a option -x
            test $words = -; or set -a option -a (string replace -a , '' -- $words)
    end
    complete -c lprof-bpf $option
end

complete -c lprof-bpf -e
complete -c lprof-bpf -f
set -g __lprof_bpf_verbs
command -q lprof-bpf; and lprof-bpf --list-options 2>/dev/null | while read -l -d \t kind name letter value words verbs help
    if test $kind = verb
        set -a __lprof_bpf_verbs $name
    else
        __lprof_bpf_describe $name $letter $value $words $verbs $help
    end
end
complete -c lprof-bpf -n 'test (count (__lprof_bpf_words)) = 0' -a '$__lprof_bpf_verbs'
complete -c lprof-bpf -n '__lprof_bpf_is_for list' -a '(__lprof_bpf_functions)'
complete -c lprof-bpf -n 'not contains -- (__lprof_bpf_verb) profile list; and not __lprof_bpf_after_dashes' -F
complete -c lprof-bpf -n __lprof_bpf_after_dashes -f -a '(__lprof_bpf_command)'
