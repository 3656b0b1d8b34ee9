import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

// The colours are in code-area.css, for both themes: variables reach into the shadow root, style sheets do not.

const frame = EditorView.theme({
  '&': {
    ...{ color: 'var(--code-text)', backgroundColor: 'var(--code-ground)', fontSize: '0.8125rem' },
    ...{ border: '1px solid var(--code-border)', borderRadius: '8px', overflow: 'hidden' },
  },
  '&.cm-focused': { outline: '2px solid var(--code-focus)', outlineOffset: '2px' },
  '.cm-scroller': {
    ...{ fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace', lineHeight: '1.5' },
    ...{ minHeight: '16rem', maxHeight: '36rem' },
  },
  '.cm-content': { caretColor: 'var(--code-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--code-text)' },
  '.cm-gutters': {
    ...{ backgroundColor: 'var(--code-gutter)', color: 'var(--code-gutter-text)' },
    borderRight: '1px solid var(--code-border)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-active)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: 'var(--code-selection)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'transparent',
    outline: '1px solid var(--code-focus)',
  },
  '.cm-tooltip': { color: 'var(--code-text)', backgroundColor: 'var(--code-gutter)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--code-error)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--code-warning)' },
  '.cm-lintRange': { backgroundImage: 'none', textDecoration: 'underline wavy var(--code-error)' },
})

const highlights = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-name)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--code-word)' },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: 'var(--code-mark)' },
])

/** The look of the code: that of the design system, light and dark. */
export const codeStyle = [frame, syntaxHighlighting(highlights)]
