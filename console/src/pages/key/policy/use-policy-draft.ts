import { useState } from 'react'
import { indented } from '../../../ui/policy-view.tsx'

type View = 'form' | 'text'

/** A policy that was written on several lines stays as it is, character for character. One on a single line cannot be read. */
const readable = (text: string) => (text.includes('\n') ? text : indented(text))

/** The policy that somebody writes, in whatever view. Without a change it is the one that the server has. */
export function usePolicyDraft(stored: string) {
  const [view, setView] = useState<View>('form')
  const [written, setWritten] = useState<{ readonly from: string; readonly text: string }>()
  const write = (text: string) => setWritten({ from: written?.from ?? stored, text })
  return {
    view,
    text: written?.text ?? stored,
    isEditing: written !== undefined,
    isChanged: written !== undefined && readable(written.text) !== readable(written.from),
    change: write,
    editText: () => {
      setView('text')
      write(readable(stored))
    },
    /** Shows a view. Lines that the form wrote are made readable for the editor. */
    show: (next: View) => {
      setView(next)
      if (next === 'text' && written !== undefined) write(readable(written.text))
    },
    end: () => setWritten(undefined),
  }
}
