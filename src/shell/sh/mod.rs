//! The language of command lines: what POSIX `sh` means by quotes, variables, substitution, here-documents,
//! redirections, pipelines, loops and conditions, as far as a learner's terminal needs it.
//!
//! - [`lex`], [`syntax`], [`error`]: text to commands, or why it is none
//! - [`expand`]: words to what programs get
//! - [`run`]: commands to output
//! - [`builtin`]: what the shell itself does
//! - [`limits`]: how much one command line may make
//!
//! Loops end: after so many rounds the shell stops, as Ctrl-C would. Not here: jobs, functions, `case`, file
//! names by pattern (`*` and `?` stand for themselves: JSONPath is full of them).

mod arithmetic;
mod builtin;
pub mod error;
mod expand;
pub mod lex;
mod limits;
mod run;
pub mod syntax;

use std::collections::BTreeMap;

pub(in crate::shell) use run::{script, write};

/// Variables and positional parameters (`0`, `1`, …) by name.
pub type Variables = BTreeMap<String, String>;

#[cfg(test)]
mod tests {
    use super::super::Shell;
    use crate::world::{Options, World};

    fn run(text: &str) -> (String, String, i32) {
        let output = Shell::new().run(&mut World::new(Options::default()), text);
        (output.stdout, output.stderr, output.exit_code)
    }

    fn says(text: &str) -> String {
        let (stdout, stderr, _) = run(text);
        assert_eq!(stderr, "", "{text}");
        stdout
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        assert_eq!(says("echo a  b\\\n  c # comment"), "a b c\n");
        assert_eq!(
            says(r#"printf '[%s]' 'b c' "d \"e\" \n" f\ g '' x"y"'z'"#),
            "[b c][d \"e\" \\n][f g][][xyz]"
        );
        assert_eq!(
            says("echo --x='{.y}'{.z} {.items[*]} $ a$. {a,b}"),
            "--x={.y}{.z} {.items[*]} $ a$. {a,b}\n"
        );
    }

    #[test]
    fn pipelines_conditions_and_redirections() {
        assert_eq!(says("false && echo a || echo b; ! true || echo c"), "b\nc\n");
        assert_eq!(
            says("echo a > f; echo b >> f; echo c >f2 ; cat f f2 | tail -n 2"),
            "b\nc\n"
        );
        assert_eq!(
            says("cat <<< hi; nothing-here 2>/dev/null; nothing-here >/dev/null 2>&1; nope &> f; echo $?"),
            "hi\n127\n"
        );
        assert_eq!(run("echo a >&2"), (String::new(), "a\n".to_owned(), 0));
        assert_eq!(run("nope 2>&1 >/dev/null | grep -c found").0, "1\n");
        assert_eq!(
            run("cat < nowhere && echo no"),
            (String::new(), "sh: nowhere: No such file or directory\n".to_owned(), 1)
        );
    }

    #[test]
    fn here_documents_are_read_to_their_end() {
        assert_eq!(
            says("cat <<'EOF' && echo ok\na: $X |\n  x\nEOF\necho after"),
            "a: $X |\n  x\nok\nafter\n"
        );
        assert_eq!(says("X=1; cat <<EOF\n$X \\$X \"q\" $(echo y)\nEOF\n"), "1 $X \"q\" y\n");
        assert_eq!(says("cat <<-E\n\ta\n\tE\n"), "a\n");
        assert_eq!(says("for i in 1 2; do cat <<E\nn$i\nE\ndone"), "n1\nn2\n");
        assert!(run("cat <<EOF\nx").1.contains("here-document"));
    }

    #[test]
    fn variables_are_expanded_and_split() {
        assert_eq!(
            says("A='x  y'; echo $A \"$A\" ${A} '$A' \\$A ${B:-none} ${A:+set} $B end"),
            "x y x  y x y $A $A none set end\n"
        );
        assert_eq!(
            says("F=web-7d9.yaml; echo ${F%.yaml} ${F#web-} ${F%%-*} ${F##*-}"),
            "web-7d9 7d9.yaml web 7d9.yaml\n"
        );
        assert_eq!(
            says("N=$(echo 1; echo 2); echo $N `echo x`; i=4; i=$((i * (2 + 1) % 5)); echo $i $((1 < 2))"),
            "1 2 x\n2 1\n"
        );
        assert_eq!(
            says("export P=30080; sh -c 'echo [$P]'; sh -c 'echo $0 $1 $#' a b"),
            "[]\na b 1\n"
        );
        assert_eq!(says("false; echo $?; X=$(false) || echo failed"), "1\nfailed\n");
    }

    #[test]
    fn variables_stay_from_line_to_line() {
        let (mut shell, mut world) = (Shell::new(), World::new(Options::default()));
        shell.run(
            &mut world,
            "NS=$(kubectl get ns kube-system -o jsonpath='{.metadata.name}')",
        );
        assert_eq!(shell.run(&mut world, "echo $NS").stdout, "kube-system\n");
    }

    #[test]
    fn loops_and_conditions() {
        assert_eq!(
            says("for n in a 'b c' $(seq 2); do echo \"<$n>\"; done | sort"),
            "<1>\n<2>\n<a>\n<b c>\n"
        );
        assert_eq!(
            says("for i in {1..3}; do [ $i -eq 2 ] && continue; echo $i; done"),
            "1\n3\n"
        );
        assert_eq!(
            says("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i; until true; do :; done"),
            "3\n"
        );
        assert_eq!(
            says("printf 'a 1\\nb 2\\n' | while read name number; do echo $number $name; done"),
            "1 a\n2 b\n"
        );
        assert_eq!(
            says("if false; then echo a; elif [ x = x ]; then echo b; else echo c; fi; (exit 3); echo $?"),
            "b\n3\n"
        );
        assert_eq!(says("{ echo a; echo b; } | wc -l; (X=1); echo [$X]"), "2\n[]\n");
        assert_eq!(
            says("for i in 1 2; do for j in 1 2; do break 2; done; echo no; done; echo ok"),
            "ok\n"
        );
    }

    #[test]
    fn a_loop_without_an_end_ends() {
        let (stdout, stderr, code) = run("while true; do echo x; done; echo never");
        assert_eq!((stdout.lines().count(), code), (1000, 130));
        assert_eq!(stderr, "sh: stopped after 1000 rounds, as Ctrl-C would stop it\n");
        assert_eq!(run("while :; do sh -c 'while :; do :; done'; done | cat").2, 130);
    }

    #[test]
    fn a_wrong_line_keeps_no_other_from_running() {
        let (stdout, stderr, code) = run("echo a\necho b | | c\necho d\nkubectl port-forward x 80 &\necho e");
        assert_eq!(stdout, "a\nd\ne\n");
        assert_eq!(
            stderr,
            "sh: syntax error near unexpected token `|'\nsh: running in the background (`&`) is not simulated in this shell\n"
        );
        assert_eq!(code, 0);
    }

    #[test]
    fn what_is_wrong_or_not_simulated_says_so() {
        for (text, says) in [
            ("a 'b", "matching `''"),
            ("echo $(a", "matching `('"),
            ("&& a", "unexpected token `&&'"),
            ("a |", "unexpected end of file"),
            ("a >", "needs a file name"),
            ("for i in 1; do echo", "unexpected end of file"),
            ("done", "unexpected token `done'"),
            ("f() { echo; }", "a function is not simulated"),
            ("case x in x) ;; esac", "`case` is not simulated"),
            ("echo $((1/0))", "division by zero"),
            ("echo ${X/a/b}", "this form of ${…} is not simulated"),
        ] {
            let (_, stderr, code) = run(text);
            assert!(stderr.contains(says), "{text}: {stderr}");
            assert_ne!(code, 0, "{text}");
        }
        let deep = "(".repeat(5000);
        assert!(run(&deep).1.contains("nested"));
    }

    #[test]
    fn filters_do_what_they_are_mostly_used_for() {
        assert_eq!(
            says("printf 'b\\na\\nb\\n' | sort | uniq -c | awk '{print $2 \"=\" $1}'"),
            "a=1\nb=2\n"
        );
        assert_eq!(
            says("echo a:b:c | cut -d: -f1,3; echo abc | cut -c2-; echo aB | tr a-z A-Z; echo 1 2 | tr -d ' '"),
            "a:c\nbc\nAB\n12\n"
        );
        assert_eq!(says("echo x | tee f | cat - f; seq 3 -1 2"), "x\nx\n3\n2\n");
        assert_eq!(says("kubectl get ns | awk 'NR>1 {print $1}' | head -n 1"), "default\n");
    }
}
