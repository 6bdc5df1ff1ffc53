/** The argument of `pageJob`, as JSON has it. */
export declare function pageJobInput(): Promise<object>;
