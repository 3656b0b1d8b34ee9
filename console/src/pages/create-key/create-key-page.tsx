import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Wizard, { type WizardProps } from '@cloudscape-design/components/wizard'
import { useState } from 'react'
import { firstChoices, type KeyPlace, reachedStep, steps } from '../../model/new-key.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { currentSession } from '../../session/session.ts'
import { LeaveModal } from '../../ui/leaving/leave-modal.tsx'
import { useLeaving } from '../../ui/leaving/use-leaving.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { ApiError } from '../../wire/errors.ts'
import { AdministratorsStep } from './administrators-step.tsx'
import { ConfigureStep } from './configure-step.tsx'
import { LabelsStep } from './labels-step.tsx'
import { NameKey } from './name-key.tsx'
import { PolicyStep } from './policy-step.tsx'
import { ReviewStep } from './review-step.tsx'
import type { StepProps } from './step-props.ts'
import { useFinish } from './use-finish.ts'
import { UsersStep } from './users-step.tsx'

/** AWS's wizard for a new key, with key material that the server makes. */
export function CreateKeyPage({ route: { region } }: { readonly route: Route }) {
  const { accountId = '', arn: callerArn = '' } = currentSession() ?? {}
  // A different Region has different specs, and the wizard begins again.
  return <CreateKeyWizard key={region} place={{ accountId, region, callerArn }} />
}

function CreateKeyWizard({ place }: { readonly place: KeyPlace }) {
  const [value, setValue] = useState(firstChoices)
  const [step, setStep] = useState(0)
  const [isTried, setTried] = useState(false)
  const list = href('keys')
  const { made, isBusy, createError, aliasError, finish, retryAlias } = useFinish(place, () =>
    leaving.leave(list),
  )
  // A key that was made is no unsaved work, also if its alias was refused.
  const leaving = useLeaving(value !== firstChoices && made === undefined)
  const goTo = (wanted: number) => {
    const reached = reachedStep(step, wanted, value, place)
    setTried(reached < wanted)
    setStep(reached)
  }
  if (made !== undefined && aliasError !== null)
    return (
      <NameKey
        {...{ keyId: made.keyId, refused: value.alias, error: aliasError, isBusy }}
        onRetry={retryAlias}
      />
    )
  const shared: StepProps = { value, onChange: setValue, place, isTried }
  const error = createError === null ? null : <CreateError error={createError} />
  return (
    <>
      <Wizard
        activeStepIndex={step}
        steps={stepsOf(shared, goTo, error)}
        submitButtonText="Finish"
        isLoadingNextStep={isBusy}
        onNavigate={({ detail }) => goTo(detail.requestedStepIndex)}
        onCancel={() => navigate(list)}
        onSubmit={() => {
          if (reachedStep(0, steps.review, value, place) === steps.review) void finish(value)
          else goTo(0)
        }}
      />
      {leaving.wanted !== undefined && (
        <LeaveModal
          title="Leave without making the key?"
          onStay={leaving.stay}
          onLeave={() => leaving.leave(leaving.wanted ?? list)}
        >
          No key has been made yet. Your choices are lost when you leave.
        </LeaveModal>
      )}
    </>
  )
}

/** The steps, with the titles of AWS's wizard. */
function stepsOf(
  shared: StepProps,
  goTo: (step: number) => void,
  error: React.ReactNode,
): WizardProps.Step[] {
  return [
    { title: 'Configure key', content: <ConfigureStep {...shared} /> },
    { title: 'Add labels', content: <LabelsStep {...shared} /> },
    {
      title: 'Define key administrative permissions',
      content: <AdministratorsStep {...shared} />,
    },
    { title: 'Define key usage permissions', content: <UsersStep {...shared} /> },
    { title: 'Edit key policy', content: <PolicyStep {...shared} /> },
    { title: 'Review', content: <ReviewStep {...shared} onEdit={goTo} error={error} /> },
  ]
}

/** The refusal of CreateKey. Without an answer nobody knows whether there is a key. */
function CreateError({ error }: { readonly error: Error }) {
  const isUnknown = error instanceof ApiError && error.kind === 'unreachable'
  return (
    <SpaceBetween size="s">
      <ErrorAlert error={error} action="kms:CreateKey" />
      {isUnknown && (
        <Alert type="warning">
          The key may have been made all the same. Look into the list of keys before you try again.
        </Alert>
      )}
    </SpaceBetween>
  )
}
