import Wizard, { type WizardProps } from '@cloudscape-design/components/wizard'
import { useState } from 'react'
import { firstChoices, type KeyPlace, reachedStep, type Step, stepsFor } from '../../model/new-key.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { currentSession } from '../../session/session.ts'
import { LeaveModal } from '../../ui/leaving/leave-modal.tsx'
import { useLeaving } from '../../ui/leaving/use-leaving.ts'
import { AdministratorsStep } from './administrators-step.tsx'
import { ConfigureStep } from './configure-step.tsx'
import { CreateError } from './create-error.tsx'
import { LabelsStep } from './labels-step.tsx'
import { NameKey } from './name-key.tsx'
import { PolicyStep } from './policy-step.tsx'
import { ReviewStep } from './review-step.tsx'
import type { StepProps } from './step-props.ts'
import { StoreStep } from './store-step.tsx'
import { useFinish } from './use-finish.ts'
import { UsersStep } from './users-step.tsx'

/** AWS's wizard for a new key. */
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
  const { made, isBusy, createError, aliasError, finish, retryAlias } = useFinish(place, keyId =>
    // A key without key material is not ready: its page comes next, as in AWS's console.
    leaving.leave(value.origin === 'EXTERNAL' ? href('key', { keyId }) : list),
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
  const steps = stepsFor(value)
  const shared: StepProps = { value, onChange: setValue, place, isTried }
  const error = createError === null ? null : <CreateError error={createError} />
  return (
    <>
      <Wizard
        activeStepIndex={step}
        steps={stepsOf(shared, step => goTo(steps.indexOf(step)), error)}
        submitButtonText="Finish"
        isLoadingNextStep={isBusy}
        onNavigate={({ detail }) => goTo(detail.requestedStepIndex)}
        onCancel={() => navigate(list)}
        onSubmit={() => {
          const last = steps.length - 1
          if (reachedStep(0, last, value, place) === last) void finish(value)
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
  onEdit: (step: Step) => void,
  error: React.ReactNode,
): WizardProps.Step[] {
  const all: Readonly<Record<Step, WizardProps.Step>> = {
    configure: { title: 'Configure key', content: <ConfigureStep {...shared} /> },
    store: { title: 'Choose key store', content: <StoreStep {...shared} /> },
    labels: { title: 'Add labels', content: <LabelsStep {...shared} /> },
    administrators: {
      title: 'Define key administrative permissions',
      content: <AdministratorsStep {...shared} />,
    },
    users: { title: 'Define key usage permissions', content: <UsersStep {...shared} /> },
    policy: { title: 'Edit key policy', content: <PolicyStep {...shared} /> },
    review: { title: 'Review', content: <ReviewStep {...shared} onEdit={onEdit} error={error} /> },
  }
  return stepsFor(shared.value).map(step => all[step])
}
