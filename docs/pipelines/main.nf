// Register the files of each isolate. The reads of an isolate are in a folder of its name: reads/ISOLATE/*.fastq.gz
//
//     TRACKING_CLIENT_HOST=http://tracking-api-service/api/v1 nextflow run main.nf -resume

params.reads = 'reads/*/*.fastq.gz'
params.host = System.getenv('TRACKING_CLIENT_HOST')
params.retry_for = '10m'
params.tempfail_code = 75

// Return a text as one word of a shell, whatever is in it.
def quoted(text) {
    return "'" + text.toString().replace("'", "'\\''") + "'"
}

process REGISTER {
    tag "$isolate"

    // Retry what is temporary, and nothing else: a conflict, or a file that cannot be read, stays as it is.
    errorStrategy { task.exitStatus == params.tempfail_code ? 'retry' : 'finish' }
    maxRetries 5

    input:
    tuple val(isolate), path(reads, stageAs: 'reads/*')
    path 'register.sh'

    output:
    tuple val(isolate), path('registered.tsv')

    script:
    """
    export TRACKING_CLIENT_HOST=${quoted(params.host)}
    export TRACKING_CLIENT_RETRY_FOR=${quoted(params.retry_for)}
    export TEMPFAIL_CODE=${quoted(params.tempfail_code)}
    bash register.sh ${quoted(isolate)} reads/* > registered.tsv
    """
}

workflow {
    if (!params.host) {
        error 'TRACKING_CLIENT_HOST is not set: the service, such as http://tracking-api-service/api/v1'
    }
    reads = channel.fromPath(params.reads).map { path -> tuple(path.parent.name, path) }.groupTuple()
    REGISTER(reads, file("${projectDir}/register.sh"))
}
