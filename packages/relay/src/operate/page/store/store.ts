import { type Hello, type Lanes, type Letter, type Sample, type State, keptSeconds, laneSteps } from '../../wire.ts'

export type Connection = 'connecting' | 'live' | 'lost'
export type PaneName = 'lanes' | 'letters'

/** Stands for the customers who wait until the relay has told them. */
const none: Lanes = { lanes: [], areCut: false }

/** State of the page: what the relay shows, and what a person has chosen. It knows nothing of the browser. */
export class Store {
  readonly #listeners = new Set<() => void>()
  connection: Connection = 'connecting'
  hello: Hello | undefined
  state: State | undefined
  samples: readonly Sample[] = []
  lanes: Lanes = none
  /** The number of lanes that are asked for. */
  laneLimit: number = laneSteps[0]
  /** The dead letters that were loaded, the oldest first. */
  letters: readonly Letter[] = []
  hasMoreLetters = false
  /** The dead letters were read when they were to be read last. */
  areLettersKnown = false
  /** The pane that is seen where there is space for one. */
  pane: PaneName = 'lanes'
  /** The customer whose lane is open. */
  lane: string | undefined
  /** The dead letter that is open. */
  letter: string | undefined
  /** The dead letters that were picked to be replayed. */
  readonly picked = new Set<string>()

  /** Calls the listener after every change. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Pending events: of a shared outbox those of all. Undefined while that is not known. */
  get pending(): number | undefined {
    return this.#inOutbox?.pending
  }

  /** Dead letters: of a shared outbox all of them. Undefined while that is not known. */
  get dead(): number | undefined {
    return this.#inOutbox?.dead
  }

  get #inOutbox(): { readonly pending: number; readonly dead: number } | undefined {
    if (this.hello?.isShared !== false) return this.lanes.totals
    const { outbox } = this.state?.status ?? {}
    return outbox?.durable && outbox.state !== 'open' ? undefined : this.state?.stats
  }

  /** The customers who wait are those that are listed. */
  get areLanesKnown(): boolean {
    return this.lanes !== none && this.lanes.problem === undefined
  }

  get openLane(): Lanes['lanes'][number] | undefined {
    return this.lanes.lanes.find(({ customerId }) => customerId === this.lane)
  }

  get openLetter(): Letter | undefined {
    return this.letters.find(({ id }) => id === this.letter)
  }

  connect(connection: Connection): void {
    this.connection = connection
    this.#changed()
  }

  greet(hello: Hello): void {
    if (this.hello?.run !== hello.run) [this.samples, this.lanes] = [[], none]
    this.hello = hello
    this.connect('live')
  }

  showState(state: State): void {
    this.state = state
    const last = this.samples.at(-1)?.at ?? 0
    this.samples = [...this.samples, ...state.samples.filter(({ at }) => at > last)].slice(-keptSeconds)
    this.#changed()
  }

  showLanes(lanes: Lanes): void {
    this.lanes = lanes
    this.#changed()
  }

  showLetters(letters: readonly Letter[], hasMore: boolean): void {
    this.letters = letters
    this.hasMoreLetters = hasMore
    this.areLettersKnown = true
    const there = new Set(letters.map(({ id }) => id))
    for (const id of this.picked) if (!there.has(id)) this.picked.delete(id)
    this.#changed()
  }

  /** The dead letters could not be read: those that are listed are what was known before. */
  missLetters(): void {
    this.areLettersKnown = false
    this.#changed()
  }

  /** Asks for more lanes. @returns whether there is such a step */
  widenLanes(): boolean {
    const next = laneSteps.find((step) => step > this.laneLimit)
    this.laneLimit = next ?? this.laneLimit
    return next !== undefined
  }

  show(pane: PaneName): void {
    this.pane = pane
    this.#changed()
  }

  openCustomer(customerId: string | undefined): void {
    this.lane = customerId
    this.#changed()
  }

  open(letterId: string | undefined): void {
    this.letter = letterId
    this.#changed()
  }

  pick(letterId: string): void {
    if (!this.picked.delete(letterId)) this.picked.add(letterId)
    this.#changed()
  }

  /** Picks all that are loaded, or none where all are picked. */
  pickAll(): void {
    const areAll = this.letters.length > 0 && this.letters.every(({ id }) => this.picked.has(id))
    this.picked.clear()
    if (!areAll) for (const { id } of this.letters) this.picked.add(id)
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
