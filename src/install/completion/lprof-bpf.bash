# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of lprof-bpf for bash. Which verbs, options and words there are is asked of the program (--list-options);
# here is only how values are found. Needs nothing of bash-completion, but lets it complete a command after "--".

# The command line so far in words: bash cuts at ':' and '=' too, which belong to names and long options. Sets words
# (without the program), cur, and after ("--" was passed: the number of words up to it).
_lprof_bpf_words() {
	local i word glue=
	words=()
	after=
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == [:=]* || $glue ]] && ((${#words[@]})); then
			words[-1]+=$word
		else
			words+=("$word")
		fi
		[[ $word == *[:=] ]] && glue=1 || glue=
		[[ $word == -- && -z $after ]] && ((i < COMP_CWORD)) && after=$i
	done
	cur=${words[-1]}
	unset 'words[-1]'
}

# Prints a word as the program would get it.
_lprof_bpf_plain() {
	local word=$1
	# shellcheck disable=SC2088
	[[ $word == '~/'* ]] && word=$HOME/${word:2}
	word=${word//[\\\"\']/}
	printf '%s' "$word"
}

# What the words say about the target, also those behind the cursor: verb, pid, file and command.
_lprof_bpf_target() {
	local word before=-
	verb=profile pid='' file='' command=''
	for word in "${words[@]}" '' "${COMP_WORDS[@]:COMP_CWORD+1}"; do
		[[ $word == '=' ]] && continue
		case $word in
		--pid=*) pid=${word#*=} ;;
		--object=*) file=${word#*=} ;;
		esac
		case $before in
		-p | --pid) pid=$word ;;
		-x | --object) file=$word ;;
		--)
			command=$word
			break
			;;
		esac
		[[ " ${verbs[*]} " == *" $word "* && $verb == profile && -z ${takes[$before]-} ]] && verb=$word
		before=${word:--}
	done
	pid=${pid%%,*}
}

# list ARGUMENT...: names of functions, one a line; quickly or not at all
_lprof_bpf_list() {
	timeout 2 "$program" list "$@" 2>/dev/null </dev/null | sed 's/  .*//' | sort -u | head -n 500
}

# Names that begin with PREFIX, which may be FILE:NAME. The program itself comes first, as it does for -f.
_lprof_bpf_functions() {
	local prefix=$1 in='' names=''
	[[ $prefix == [/-]* || $prefix == *[*?[]* ]] && return
	[[ $prefix =~ ^([^:]+:)([^:].*)?$ ]] && in=${BASH_REMATCH[1]}
	if [[ $file ]]; then
		names=$(_lprof_bpf_list -x "$(_lprof_bpf_plain "$file")" "$prefix*")
	elif [[ $pid ]]; then
		names=$(_lprof_bpf_list -x "/proc/$pid/exe" "$prefix*")
		[[ $names ]] || names=$(_lprof_bpf_list -p "$pid" "$prefix*")
	elif [[ $command ]]; then
		names=$(_lprof_bpf_list -x "$(type -P -- "$(_lprof_bpf_plain "$command")")" "$prefix*")
	fi
	local name
	while IFS= read -r name; do
		[[ $name && $in$name == "$prefix"* ]] && printf '%s\n' "$in$name"
	done <<<"$names"
}

# Processes that are not the kernel's: with their names as long as there is a choice that is only shown.
_lprof_bpf_pids() {
	local given='' typed=$1 id parent name
	[[ $typed == *,* ]] && given=${typed%,*},
	while read -r id parent name; do
		[[ $id == "${typed##*,}"* && $id != 2 && $parent != 2 ]] && COMPREPLY+=("$given$id ($name)")
	done < <(LC_ALL=C ps -A -o pid=,ppid=,comm= 2>/dev/null)
	if ((${#COMPREPLY[@]} == 1)) || [[ ${COMP_TYPE-} == 37 ]]; then
		COMPREPLY=("${COMPREPLY[@]%% (*}")
	fi
}

# Replies with the lines of LIST that begin with CUR, quoted where the user has not begun a quotation.
_lprof_bpf_reply() {
	local line open=
	[[ $cur == [\'\"]* ]] && open=1
	while IFS= read -r line; do
		[[ $line ]] || continue
		[[ $open ]] || printf -v line %q "$line"
		COMPREPLY+=("$line")
	done <<<"$1"
}

# The value CUR of OPTION, whose value is called VALUE and is one of CHOICES.
_lprof_bpf_value() {
	local option=$1 value=$2 choices=$3
	case $option:$value in
	*:FILE)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	*:PID*) _lprof_bpf_pids "$cur" ;;
	*:FUNC) _lprof_bpf_reply "$(_lprof_bpf_functions "$(_lprof_bpf_plain "$cur")")" ;;
	--user:*) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	*) [[ $choices == - ]] || mapfile -t COMPREPLY < <(compgen -W "${choices//,/}" -- "$cur") ;;
	esac
}

# Where no value is due: an option or a verb, or what the verb takes.
_lprof_bpf_word() {
	local option fitting=()
	if [[ $cur == -* ]]; then
		for option in "${!goes_with[@]}"; do
			[[ ${goes_with[$option]} == *",$verb,"* ]] && fitting+=("$option")
		done
		[[ $verb == profile ]] && fitting+=(--)
		mapfile -t COMPREPLY < <(compgen -W "${fitting[*]}" -- "$cur")
	elif [[ $verb == list ]]; then
		_lprof_bpf_reply "$(_lprof_bpf_functions "$(_lprof_bpf_plain "$cur")")"
	elif [[ $verb == profile ]]; then
		((${#words[@]})) || mapfile -t COMPREPLY < <(compgen -W "${verbs[*]}" -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_lprof_bpf_command() {
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

# Asks the program what there is. Sets verbs, and by option: takes, may_be and goes_with (the verbs it is for).
_lprof_bpf_ask() {
	local kind name letter value choices for help option
	while IFS=$'\t' read -r kind name letter value choices for help; do
		[[ $kind == verb ]] && verbs+=("$name")
		[[ $kind == option ]] || continue
		for option in "$name" "$letter"; do
			[[ $option == - ]] && continue
			goes_with[$option]=,$for
			[[ $value == - ]] || takes[$option]=$value may_be[$option]=$choices
		done
	done < <("$program" --list-options 2>/dev/null </dev/null)
}

_lprof_bpf() {
	local program words cur after verb pid file command verbs=() last=-
	local -A takes=() may_be=() goes_with=()
	program=$(_lprof_bpf_plain "$1")
	COMPREPLY=()
	_lprof_bpf_words
	if [[ $after ]]; then
		_lprof_bpf_command $((after + 1))
		return
	fi
	_lprof_bpf_ask
	_lprof_bpf_target
	((${#words[@]})) && last=${words[-1]}
	if [[ $cur == --*=* ]]; then
		last=${cur%%=*}
		cur=${cur#*=}
	fi
	if [[ ${takes[$last]-} ]]; then
		_lprof_bpf_value "$last" "${takes[$last]}" "${may_be[$last]}"
	else
		_lprof_bpf_word
	fi
	# Only what comes after the last ':' is replaced.
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
	fi
}

complete -F _lprof_bpf lprof-bpf
