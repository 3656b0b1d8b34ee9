import './code-area.css'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import type { PolicyFinding } from '../../model/policy/policy-findings.ts'
import { codeStyle } from './code-style.ts'

const hint = 'Tab indents. To leave the editor with the keyboard, press Escape and then Tab.'

export interface CodeAreaProps {
  readonly value: string
  readonly onChange: (value: string) => void
  /** The accessible name. */
  readonly label: string
  /** Findings with a line are marked there. */
  readonly findings: readonly PolicyFinding[]
}

/**
 * An editor for JSON. It stands in a shadow root: there, its style sheets are objects, which the security policy of the page allows;
 * outside it would write `style` elements, which the policy forbids.
 */
export function CodeArea({ value, onChange, label, findings }: CodeAreaProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  // The view is made once, but must call the handler of the last rendering.
  const changed = useRef(onChange)
  changed.current = onChange
  const first = useRef(value)
  useEffect(() => {
    if (host.current === null) return
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' })
    const onDocument = EditorView.updateListener.of(update => {
      if (update.docChanged) changed.current(update.state.doc.toString())
    })
    const extensions = [...editing, ...codeStyle, onDocument, named(label)]
    const state = EditorState.create({ doc: first.current, extensions })
    const made = new EditorView({ parent: root, root, state })
    view.current = made
    return () => made.destroy()
  }, [label])
  useEffect(() => {
    const { current } = view
    if (current === undefined) return
    const { doc } = current.state
    if (doc.toString() !== value) current.dispatch({ changes: { from: 0, to: doc.length, insert: value } })
    current.dispatch(setDiagnostics(current.state, marksOf(findings, current.state)))
  }, [value, findings])
  return (
    <SpaceBetween size="xs">
      <div ref={host} className="code-area" />
      <Box variant="small">{hint}</Box>
    </SpaceBetween>
  )
}

/**
 * Text that replaces a selection is put there by the editor. The browser would do it with `style` attributes for the colours around
 * it, which the security policy forbids.
 */
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== 'insertText' || event.data === null) return false
    if (view.composing || view.state.selection.main.empty) return false
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true })
    event.preventDefault()
    return true
  },
})

const editing = [
  replacing,
  ...[lineNumbers(), lintGutter(), history(), drawSelection(), highlightActiveLine(), bracketMatching()],
  ...[indentOnInput(), json(), EditorView.lineWrapping, EditorState.tabSize.of(2)],
  keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
]

const named = (label: string) =>
  EditorView.contentAttributes.of({
    ...{ 'aria-label': label, 'aria-description': hint, spellcheck: 'false' },
    // An editable element takes the focus anyway. Tools that look for a way to scroll need the attribute.
    tabindex: '0',
  })

/** The marks of the findings that have a line. A finding of an older text may have one that the text no longer has. */
function marksOf(findings: readonly PolicyFinding[], { doc }: EditorState): Diagnostic[] {
  return findings.flatMap(({ line, severity, message }) => {
    if (line === undefined || line > doc.lines) return []
    const { from, to } = doc.line(line)
    return [{ from, to, severity, message }]
  })
}
