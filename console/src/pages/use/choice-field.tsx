import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'

interface ChoiceFieldProps {
  readonly label: string
  readonly value: string
  readonly options: readonly string[]
  readonly words?: Readonly<Record<string, string>> | undefined
  readonly onChange: (next: string) => void
}

/** One of several values. If there is one alone, it is shown, and nothing is asked. */
export function ChoiceField({ label, value, options, words = {}, onChange }: ChoiceFieldProps) {
  const option = (name: string) => ({ value: name, label: words[name] ?? name })
  if (options.length === 1)
    return (
      <div>
        <Box variant="awsui-key-label">{label}</Box>
        <Box>{value}</Box>
      </div>
    )
  return (
    <FormField label={label}>
      <Select
        options={options.map(option)}
        selectedOption={option(value)}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? value)}
      />
    </FormField>
  )
}
