import { ServiceError } from '../../../domain/index.ts'
import { type AnyShape, type Shape, string, unquoted } from '../../../std/index.ts'

// IAM checks names and paths by itself, after the constraints of its model, and has texts of its own for them. The texts were
// recorded from AWS: aws-cloudformation/cfn-lint#722 and #996, hashicorp/terraform-provider-aws#3087, versity/versitygw.

const beginning = 'The specified value for '
const slashes = 'and contain only alphanumeric characters and/or / characters.'

function checked(max: number, pattern: string, rule: string): Shape<string> {
  const limited = string({ max })
  const right = new RegExp(`^(?:${pattern})$`)
  return {
    ...limited,
    decode(value, path, problems) {
      const text = limited.decode(value, path, problems)
      if (!right.test(text)) problems.push(`${beginning}${path} is invalid. ${rule}`)
      return text
    },
  }
}

/** The name of a user, group, role, policy or instance profile. */
export const nameOf = (max: number): Shape<string> =>
  checked(max, '[\\w+=,.@-]+', 'It must contain only alphanumeric characters and/or the following: +=,.@_-')

/** The path of an entity. */
export const pathOf = (pattern: string): Shape<string> =>
  checked(512, pattern, `It must begin and end with / ${slashes}`)

/** The beginning of the paths of entities. */
export const pathPrefixOf = (pattern: string): Shape<string> =>
  checked(512, pattern, `It must begin with the / character ${slashes}`)

/**
 * Returns the input of an operation of IAM. Of violations of its model, IAM reports at most ten, and never repeats the values
 * (recorded from AWS); texts of its own only without them. Decoding throws ValidationException for one of its own texts.
 */
export function inputOfIam<S extends AnyShape>(input: S): S {
  const split = {
    ...input,
    decode(value: unknown, path: string, problems: string[]) {
      const found: string[] = []
      const decoded: unknown = input.decode(value, path, found)
      const own = found.find(text => text.startsWith(beginning))
      problems.push(...found.filter(text => !text.startsWith(beginning)))
      if (own !== undefined && problems.length === 0) throw new ServiceError('ValidationException', own)
      return decoded
    },
  }
  return unquoted(split, 10)
}
