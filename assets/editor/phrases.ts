// CodeMirror's own words in every language of the page; English is what it says by itself.

import { EditorState, type Extension } from "@codemirror/state";
import type { Lang } from "./api";

type Words = Record<string, string>;

const korean: Words = {
  // view
  "Control character": "제어 문자",
  "Selection deleted": "선택 영역을 삭제했습니다",
  // commands
  "Folded lines": "접힌 줄",
  "Unfolded lines": "펼친 줄",
  to: "~",
  // autocomplete
  Completions: "자동 완성",
  // lint
  Diagnostics: "진단",
  "No diagnostics": "진단 없음",
  // search
  "Go to line": "줄 이동",
  go: "이동",
  Find: "찾기",
  Replace: "바꾸기",
  next: "다음",
  previous: "이전",
  all: "모두",
  "match case": "대소문자 구분",
  regexp: "정규식",
  "by word": "단어 단위",
  replace: "바꾸기",
  "replace all": "모두 바꾸기",
  close: "닫기",
  "current match": "현재 일치",
  "on line": "줄",
  "replaced match on line $": "$번째 줄의 일치 항목을 바꾸었습니다",
  "replaced $ matches": "일치 항목 $개를 바꾸었습니다",
};

/** A language without words here does not compile. */
const words: Record<Lang, Words> = { en: {}, ko: korean };

/** The editor's own words in `lang`. */
export const phrases = (lang: Lang): Extension => EditorState.phrases.of(words[lang]);
