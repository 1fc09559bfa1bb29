//! Text messages: whom nobody may text, and by which words customers say so. All of it is ours.

use super::{
    ADMIN, Answer, Body, Endpoint, PEOPLE, Route, WRITE, provisioning_delete, provisioning_post,
    provisioning_read, text_parameter,
};
use crate::operations::{SMS_KEYWORDS_FIELDS, SUPPRESSION_FIELDS};

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/sms-suppressions",
        endpoints: &[
            provisioning_read(Answer::Collection("suppressions", "Suppression"), LISTED)
                .for_roles(PEOPLE)
                .asking(&[
                    text_parameter("number", "The number to look up."),
                    text_parameter("format", "`csv` answers the whole list as rows of `text/csv`."),
                ])
                .or_rows()
                .ours(),
            provisioning_post(Body::Object(SUPPRESSION_FIELDS), Answer::Created, ENTERED)
                .for_roles(PEOPLE)
                .asking(&[text_parameter("dryRun", "`true` looks a file through and changes nothing.")])
                .or_rows()
                .ours(),
        ],
        doc: "Ours: the suppression list. Nobody on it is sent a text, but for one that confirms the opt-out.",
    },
    Route {
        path: "/sms-suppressions/{number}",
        endpoints: &[
            provisioning_read(Answer::Object("suppression", "Suppression"), "One number.")
                .for_roles(PEOPLE)
                .ours(),
            provisioning_delete("Lets the number be texted again.").for_roles(PEOPLE).ours(),
        ],
        doc: "Ours: one number that must not be texted.",
    },
    Route {
        path: "/sms-keywords",
        endpoints: &[
            provisioning_read(Answer::List("families", "KeywordFamily"), "The keywords.")
                .for_roles(PEOPLE)
                .ours(),
            Endpoint::put(Body::Object(SMS_KEYWORDS_FIELDS), "Replaces the keywords of all languages.")
                .needs(WRITE)
                .for_roles(ADMIN)
                .ours(),
        ],
        doc: "Ours: the words by which customers end texts, allow them again, or ask who is texting.",
    },
];

const LISTED: &str = "\
The numbers, in their order; at most 1,000 at a time. Rows of `text/csv` are all of them, in the columns `number`, \
`reason` and `since`, and can be imported as they are.";

const ENTERED: &str = "\
Enters a number; one that is on the list already stays as it is. Or imports rows of `text/csv`: the first column is \
the number, `reason` and `since` may follow; a first row of these names may put them in another order. Good rows are \
imported even if others are not, because each one left out would be a customer who is texted against their will; the \
answer has `statusCode` 7 then, and lists the problems by line.";
