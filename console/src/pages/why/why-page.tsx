import Alert from '@cloudscape-design/components/alert'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import {
  explainInput,
  lineToSend,
  questionFault,
  questionQuery,
  readQuestion,
  type WhyQuestion,
} from '../../model/why/why-question.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { currentSession } from '../../session/session.ts'
import { Copy } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { ApiError } from '../../wire/errors.ts'
import { keywardAccess } from '../../wire/keyward-access.ts'
import { useCall } from '../../wire/use-call.ts'
import { Answer } from './answer.tsx'
import { DecodeMessage } from './decode-message.tsx'
import { QuestionForm } from './question-form.tsx'

/** Explains how a request is decided. The question is in the address, so that a link can ask it. */
export function WhyPage({ route: { query } }: { readonly route: Route }) {
  const asked = readQuestion(query, currentSession()?.arn ?? '')
  const address = JSON.stringify(query)
  const [form, setForm] = useState({ address, question: asked })
  // A link to a different question, or the way back to the one before, changes the form too.
  if (form.address !== address) setForm({ address, question: asked })
  const isAsked = query['action'] !== undefined && questionFault(asked) === undefined
  const answer = useCall('ExplainAccess', keywardAccess.explainAccess, explainInput(asked), {
    isEnabled: isAsked,
  })
  const ask = () => {
    const next = href('why', {}, questionQuery(form.question))
    if (next === href('why', {}, query)) void answer.refetch()
    else navigate(next)
  }
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Why may a principal use a key, or why not?">
        Why?
      </Header>
      <QuestionForm
        question={form.question}
        isBusy={answer.isFetching}
        onChange={question => setForm({ address, question })}
        onAsk={ask}
      />
      {isAsked && (
        <Loaded query={answer} name="the answer" action="keyward:ExplainAccess">
          {data => <Answer answer={data} />}
        </Loaded>
      )}
      {answer.error instanceof ApiError && answer.error.kind === 'denied' && <Send question={asked} />}
      <DecodeMessage />
    </SpaceBetween>
  )
}

function Send({ question }: { readonly question: WhyQuestion }) {
  const line = lineToSend(question)
  return (
    <Alert type="info" header="Send the question to an administrator of the account">
      {line} <Copy text={line} label="Copy question" />
    </Alert>
  )
}
