/** Something the reader can put right. Its message is all that is printed. */
export class Complaint extends Error {}
