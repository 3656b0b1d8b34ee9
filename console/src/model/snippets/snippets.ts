import { writeCli } from './cli.ts'
import { writeDotnet } from './dotnet.ts'
import { writeGo } from './go.ts'
import { writeJava } from './java.ts'
import { writeJavaScript } from './javascript.ts'
import type { SnippetCall } from './members.ts'
import { writePython } from './python.ts'
import { writeRust } from './rust.ts'

export type { SnippetCall, SnippetInput, SnippetOperation, SnippetValue } from './members.ts'

/** The forms of a snippet, in the order in which they are offered. Each is complete: it can be run as it is. */
export const snippetForms = {
  cli: { label: 'AWS CLI', write: writeCli },
  javascript: { label: 'JavaScript', write: writeJavaScript },
  python: { label: 'Python', write: writePython },
  java: { label: 'Java', write: writeJava },
  go: { label: 'Go', write: writeGo },
  dotnet: { label: '.NET', write: writeDotnet },
  rust: { label: 'Rust', write: writeRust },
} as const satisfies Readonly<
  Record<string, { readonly label: string; readonly write: (call: SnippetCall) => string }>
>

export type SnippetForm = keyof typeof snippetForms
