import Box from '@cloudscape-design/components/box'
import Tabs from '@cloudscape-design/components/tabs'
import { useState } from 'react'
import { type SnippetCall, type SnippetForm, snippetForms } from '../model/snippets/snippets.ts'
import { currentRegion } from '../route/use-route.ts'
import { preference, setPreference } from '../session/preferences.ts'
import { Copy } from './copy.tsx'

interface SnippetProps {
  readonly call: Pick<SnippetCall, 'operation' | 'input'>
}

const isForm = (value: unknown): value is SnippetForm =>
  typeof value === 'string' && Object.hasOwn(snippetForms, value)

/** A call of AWS KMS as a command of the AWS CLI, or in a program. It has no credentials. The choice is kept for the next time. */
export function Snippet({ call }: SnippetProps) {
  const [form, setForm] = useState(() => preference('snippets', isForm, 'cli'))
  const text = snippetForms[form].write({ ...call, region: currentRegion(), endpoint: location.origin })
  const content = (
    <>
      <Box float="right">
        <Copy text={text} label="Copy code" />
      </Box>
      <pre className="policy-text">{text}</pre>
    </>
  )
  return (
    <Tabs
      ariaLabel="Languages"
      activeTabId={form}
      tabs={Object.entries(snippetForms).map(([id, { label }]) => ({ id, label, content }))}
      onChange={({ detail: { activeTabId } }) => {
        if (!isForm(activeTabId)) return
        setForm(activeTabId)
        setPreference('snippets', activeTabId)
      }}
    />
  )
}
