// Register the files of each isolate. The reads of an isolate are in a folder of its name: reads/ISOLATE/*.fastq.gz
//
//     TRACKING_CLIENT_HOST=http://tracking-api-service/api/v1 nextflow run main.nf -resume

params.reads = 'reads/*/*.fastq.gz'
params.host = System.getenv('TRACKING_CLIENT_HOST')
params.retry_for = 600
params.tempfail_code = 75

process REGISTER {
    tag "$isolate"

    // Retry what is temporary, and nothing else: a file that cannot be read stays as it is.
    errorStrategy { task.exitStatus == params.tempfail_code ? 'retry' : 'finish' }
    maxRetries 5

    input:
    tuple val(isolate), path(reads)
    path register

    output:
    tuple val(isolate), path('registered.tsv')

    script:
    """
    export TRACKING_CLIENT_HOST='${params.host}'
    export TRACKING_CLIENT_RETRY_FOR='${params.retry_for}'
    export TEMPFAIL_CODE='${params.tempfail_code}'
    bash ${register} '${isolate}' ${reads} > registered.tsv
    """
}

workflow {
    reads = channel.fromPath(params.reads).map { path -> tuple(path.parent.name, path) }.groupTuple()
    REGISTER(reads, file("${projectDir}/register.sh"))
}
