import { OperatorError } from '../../std/index.ts'

const recipientsMax = 64

/** Whether a recipient is post-quantum: ML-KEM-768 with X25519. */
const isHybrid = (recipient: string) => recipient.startsWith('age1pq1')

/**
 * Checks recipients: X25519 (`age1…`) or hybrid post-quantum ones (`age1pq1…`), at least one. A mixture is refused, as the age
 * command does: an attacker who breaks X25519 would open the file. Throws OperatorError.
 */
export async function checkRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await import('age-encryption')
  if (recipients.length === 0)
    throw new OperatorError(
      'A backup needs a recipient: --recipient with the public key of age-keygen, such as age1….',
    )
  if (recipients.length > recipientsMax)
    throw new OperatorError(`A backup has at most ${recipientsMax} recipients.`)
  for (const recipient of recipients) {
    // The text of an identity is a secret, so no message repeats it.
    if (/^AGE-SECRET-KEY-/i.test(recipient))
      throw new OperatorError(
        'A recipient is the public key of an identity, and this is the identity itself. Take the line of age1… from its file.',
      )
    try {
      if (!/^age1(pq1)?[02-9ac-hj-np-z]+$/.test(recipient)) throw new Error('not a recipient')
      new Encrypter().addRecipient(recipient)
    } catch {
      throw new OperatorError(
        `The recipient ${shortened(recipient)} is not a public key of age-keygen, such as age1… or age1pq1….`,
      )
    }
  }
  if (recipients.some(isHybrid) && !recipients.every(isHybrid))
    throw new OperatorError(
      'Post-quantum recipients (age1pq1…) cannot be mixed with others: the backup would be no safer than with the weakest one.',
    )
}

const shortened = (text: string) => (text.length > 24 ? `${text.slice(0, 24)}…` : text)
