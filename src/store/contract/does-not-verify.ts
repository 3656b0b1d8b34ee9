/** An entity was changed outside of Keyward, or parts of it were removed. The message names it. */
export class DoesNotVerify extends Error {
  override readonly name = 'DoesNotVerify'
  /** The entity, such as `KMS key arn:aws:kms:…`. */
  readonly entity: string

  constructor(entity: string) {
    super(`${entity} does not verify: the database was changed outside of Keyward`)
    this.entity = entity
  }
}
